/** Lists what left in development and shows it as plain text. */
const REFRESH_MS = 3_000;
const KINDS = { eml: 'E-mail', 'sms.json': 'Text message', 'push.json': 'Push' };
const list = document.getElementById('items');
const message = document.getElementById('message');
let chosen = '';
let shown = '';

function kindOf(name) {
  const [, ...rest] = name.split('.');
  return KINDS[rest.join('.')] ?? name;
}

/** Undoes quoted-printable, in which e-mail writes what is not ASCII. */
function readable(text) {
  if (!/^content-transfer-encoding: quoted-printable/im.test(text)) return text;
  const bytes = text
    .replace(/=\r?\n/g, '')
    .replace(/%/g, '%25')
    .replace(/=([0-9A-F]{2})/g, '%$1');
  try {
    return decodeURIComponent(bytes);
  } catch {
    return text; // not UTF-8 after all
  }
}

async function choose(name) {
  chosen = name;
  for (const button of list.querySelectorAll('button'))
    button.setAttribute('aria-current', String(button.name === name));
  const response = await fetch(`/dev/mailbox/${encodeURIComponent(name)}`);
  message.classList.remove('quiet');
  message.textContent = response.ok ? readable(await response.text()) : 'This message is gone.';
}

function itemFor({ name, at }) {
  const button = document.createElement('button');
  button.type = 'button';
  button.name = name;
  button.setAttribute('aria-current', String(name === chosen));
  const time = document.createElement('time');
  time.dateTime = at;
  time.textContent = new Date(at).toLocaleTimeString();
  button.append(kindOf(name), time);
  button.addEventListener('click', () => void choose(name));
  const item = document.createElement('li');
  item.append(button);
  return item;
}

function emptyItem() {
  const item = document.createElement('li');
  const text = document.createElement('p');
  text.textContent = 'Nothing has left yet.';
  item.append(text);
  return item;
}

async function refresh() {
  try {
    const { items } = await (await fetch('/dev/mailbox')).json();
    const names = items.map(({ name }) => name).join();
    if (names !== shown || items.length === 0) {
      shown = names;
      list.replaceChildren(...(items.length === 0 ? [emptyItem()] : items.map(itemFor)));
    }
  } catch {
    // the gateway is restarting; the next look will tell
  }
  setTimeout(refresh, REFRESH_MS);
}

void refresh();
