/** What clients were told, against the stores and against itself. Without a journal these look at nothing. */
import type { Check, Finding, Violation } from '../check.ts';
import type { JournalEntry } from '../journal.ts';
import type { Look } from '../look.ts';

const isDone = ({ status }: JournalEntry) => status >= 200 && status < 300;
const isWrite = ({ method }: JournalEntry) => method !== 'GET';
/** Answers that say neither yes nor no: nothing, a failure, too many requests, or that the first try is still running. */
const isOpen = ({ status }: JournalEntry) =>
  status === 0 || status >= 500 || status === 429 || status === 408 || status === 425;

function groups(entries: readonly JournalEntry[], nameOf: (entry: JournalEntry) => string | undefined) {
  const found = new Map<string, JournalEntry[]>();
  for (const entry of entries) {
    const name = nameOf(entry);
    if (name === undefined) continue;
    const group = found.get(name);
    if (group) group.push(entry);
    else found.set(name, [entry]);
  }
  return found;
}

const keyOf = ({ key, principal, route }: JournalEntry) =>
  key ? `${key}\n${principal ?? 'somebody'}\n${route}` : undefined;

function aboutKey(name: string, detail: string): Violation {
  const [key = '', principal = '', route = ''] = name.split('\n');
  return { subject: `key ${key}`, detail: `of ${route} by ${principal} ${detail}`, versions: '' };
}

/** What an answer comes to, for comparing it with another one. */
const answerOf = ({ ids, status }: JournalEntry) => {
  const named = Object.entries(ids).map(([kind, id]) => [kind, id].join(' '));
  return [String(status), ...named.toSorted()].join(' ');
};

/** Keys that were answered in two ways though the request was the same. */
export function differingAnswers(journal: readonly JournalEntry[]): Violation[] {
  const done = journal.filter((entry) => isDone(entry) && isWrite(entry));
  const same = groups(done, (entry) => {
    const key = keyOf(entry);
    return key === undefined ? undefined : `${key}\n${entry.payload ?? ''}`;
  });
  return [...same].flatMap(([name, entries]) => {
    const answers = new Set(entries.map(answerOf));
    return answers.size > 1 ? [aboutKey(name, `was answered with ${[...answers].toSorted().join(' and ')}`)] : [];
  });
}

/** Keys that had an effect with two payloads. */
export function reusedKeys(journal: readonly JournalEntry[]): Violation[] {
  const done = journal.filter((entry) => isDone(entry) && isWrite(entry));
  return [...groups(done, keyOf)].flatMap(([name, entries]) => {
    const payloads = new Set(entries.flatMap(({ payload }) => payload ?? []));
    return payloads.size > 1 ? [aboutKey(name, `was accepted with ${String(payloads.size)} payloads`)] : [];
  });
}

/** Keyed requests that never got an answer which says yes or no. */
export function unanswered(journal: readonly JournalEntry[]): Violation[] {
  return [...groups(journal.filter(isWrite), keyOf)].flatMap(([name, entries]) => {
    if (!entries.every(isOpen)) return [];
    const statuses = entries.map(({ status }) => (status === 0 ? 'none' : String(status)));
    return [aboutKey(name, `was tried ${String(entries.length)} times and got no answer but ${statuses.join(', ')}`)];
  });
}

/** Reads of a trip that began after an acknowledged write of the same person and show less than it. */
export function staleReads(journal: readonly JournalEntry[]): Violation[] {
  const byReader = groups(journal, ({ ids, principal }) => (ids.trip ? `${ids.trip}\n${principal ?? ''}` : undefined));
  return [...byReader].flatMap(([name, entries]) => {
    const written = entries.filter((entry) => isWrite(entry) && isDone(entry) && entry.version);
    return entries.flatMap((read) => {
      if (isWrite(read)) return [];
      const known = written.filter(({ at }) => at <= read.sentAt).map(({ version }) => version ?? 0);
      const latest = Math.max(0, ...known);
      const shown = isDone(read) ? (read.version ?? latest) : read.status === 404 ? 0 : latest;
      if (shown >= latest) return [];
      const [trip = '', principal = ''] = name.split('\n');
      const detail = `was shown to ${principal} at version ${String(shown)}, after version ${String(latest)} was acknowledged`;
      return [{ subject: `trip ${trip}`, detail, versions: String(latest) }];
    });
  });
}

const TABLES: Readonly<Record<string, { readonly table: string; readonly id: string }>> = {
  trip: { table: 'trip.trips', id: 'id' },
  payment: { table: 'payment.payments', id: 'id' },
  refund: { table: 'payment.refunds', id: 'id' },
  method: { table: 'payment.payment_methods', id: 'id' },
  account: { table: '"user".accounts', id: 'id' },
  driver: { table: 'driver.drivers', id: 'driver_id' },
  document: { table: 'driver.driver_documents', id: 'document_id' },
};

async function missing({ tx }: Look, kind: string, entries: readonly JournalEntry[]): Promise<Violation[]> {
  const place = TABLES[kind];
  const ids = [...new Set(entries.flatMap((entry) => entry.ids[kind as keyof JournalEntry['ids']] ?? []))];
  if (!place || ids.length === 0) return [];
  const { rows } = await tx.query<{ id: string }>(
    `select wanted.id from unnest($1::uuid[]) as wanted (id)
     where not exists (select from ${place.table} kept where kept.${place.id} = wanted.id)`,
    [ids],
  );
  return rows.map(({ id }) => ({
    subject: `${kind} ${id}`,
    detail: 'was acknowledged and is not there',
    versions: '',
  }));
}

const ENDS = `('completed', 'cancelled', 'expired')`;

/** Trips that stand before a version or an end that was acknowledged. */
async function behind({ tx }: Look, entries: readonly JournalEntry[]): Promise<Violation[]> {
  const told = entries.flatMap(({ ids, state, version }) => (ids.trip ? [{ ids, state, version }] : []));
  const { rows } = await tx.query<Violation>(
    `select distinct 'trip ' || trips.id as subject,
       'is ' || trips.status || ' at version ' || trips.version || ', acknowledged was ' || coalesce(told.state, 'a change')
         || ' at version ' || coalesce(told.version::text, 'unknown') as detail,
       trips.version::text as versions
     from unnest($1::uuid[], $2::int[], $3::text[]) as told (id, version, state) join trip.trips trips on trips.id = told.id
     where trips.version < told.version
       or told.state in ${ENDS} and trips.status <> told.state
       or told.version is not null and not exists (
         select from trip.trip_events events where events.trip_id = trips.id and events.version = told.version)`,
    [
      told.map(({ ids }) => ids.trip),
      told.map(({ version }) => version ?? null),
      told.map(({ state }) => state ?? null),
    ],
  );
  return rows;
}

function journalCheck(
  check: Pick<Check, 'lookAt' | 'name' | 'rule' | 'title'>,
  find: (journal: readonly JournalEntry[], look: Look) => Violation[] | Promise<Violation[]>,
): Check {
  return {
    ...check,
    scope: 'store',
    async run(look): Promise<Finding> {
      const { journal } = look;
      return journal
        ? { checked: journal.length, violations: await find(journal, look) }
        : { checked: 0, violations: [] };
    },
  };
}

/** What only clients can tell. */
export const journalChecks: readonly Check[] = [
  journalCheck(
    {
      name: 'same-key-same-answer',
      rule: 29,
      title: 'the same key and payload were answered with the same status and the same ids',
      lookAt: 'the journal by key; idempotency_keys of the service',
    },
    differingAnswers,
  ),
  journalCheck(
    {
      name: 'other-payload-refused',
      rule: 30,
      title: 'no key was accepted with two payloads',
      lookAt: 'the journal by key; idempotency_keys of the service',
    },
    reusedKeys,
  ),
  journalCheck(
    {
      name: 'acknowledged-is-kept',
      rule: 31,
      title: 'what a client was told has been done is in the stores, at that version or a later one',
      lookAt: 'the journal by id against the row of that id',
    },
    async (journal, look) => {
      const done = journal.filter((entry) => isDone(entry) && isWrite(entry));
      const found: Violation[] = [];
      for (const kind of Object.keys(TABLES)) found.push(...(await missing(look, kind, done)));
      return [...found, ...(await behind(look, done))];
    },
  ),
  journalCheck(
    {
      name: 'reads-follow-writes',
      rule: 32,
      title: 'whoever was told of a change of a trip sees it in every read that begins later',
      lookAt: 'the journal by trip and principal',
    },
    staleReads,
  ),
  journalCheck(
    {
      name: 'requests-are-answered',
      rule: 38,
      title: 'every request that was repeated under its key got a yes or a no in the end',
      lookAt: 'the journal by key; the log lines of the gateway and the service',
    },
    unanswered,
  ),
];
