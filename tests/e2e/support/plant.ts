import { request } from 'node:http';
import type { Route } from '@rideshare/contracts';
import { KINDS } from './canaries.ts';
import type { Canaries, Kind } from './canaries.ts';
import type { Actor } from './client.ts';
import { routeOf } from './matrix.ts';
import type { Platform } from './platform.ts';
import { policies } from './policy.ts';
import type { Policy } from './policy.ts';
import { NOBODY } from './scene.ts';

/** A request that carries canaries where they do not belong. */
interface Plant {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Texts that are kept as they were written: what is in them is their author's. */
const WORDS = new Set(['firstName', 'lastName', 'reason', 'comment', 'make', 'model', 'color', 'plate']);
/** Sent by every client that wants to, and noted by servers that are not careful. */
const HEADERS: readonly string[] = [
  ...['user-agent', 'referer', 'cookie', 'x-request-id', 'x-forwarded-for', 'forwarded', 'accept-language', 'from'],
  ...['origin', 'last-event-id', 'baggage', 'tracestate', 'x-correlation-id', 'sandbox-signature', 'accept', 'host'],
];

/** A share of all, another one at each route: together they are all at every kind of place. */
const isTurn = (index: number, path: string, turns: number) => (index + path.length) % turns === 0;

function kindAt(index: number): Kind {
  return KINDS[index % KINDS.length] ?? 'email';
}

/** One request for each kind below the same path, once as a parameter and once as a query. */
function inPath({ method, path }: Route, canaries: Canaries, query: readonly string[]): Plant[] {
  return KINDS.flatMap((kind, index) => {
    const value = encodeURIComponent(canaries[kind]);
    const known = path.replaceAll(/\{\w+\}/g, NOBODY);
    const names = [query[index % Math.max(1, query.length)] ?? 'q', kind];
    const asked = names
      .filter((_name, at) => isTurn(index + at, path, 2))
      .map((name) => ({ method, target: `${known}?${name}=${value}`, headers: {} }));
    const named = { method, target: `${known}?${value}=1`, headers: {} };
    const below = { method, target: `${known}/${value}`, headers: {} };
    const beside = isTurn(index, path, 3) ? [named, below] : [];
    const within = path.includes('{') ? [{ method, target: path.replaceAll(/\{\w+\}/g, value), headers: {} }] : [];
    return [...asked, ...beside, ...within];
  });
}

const json = { 'content-type': 'application/json' };

/** Every field of a body in turn, fields that nobody knows, and bodies that are none. */
function inBody({ method, path }: Route, template: object, canaries: Canaries): Plant[] {
  const target = path.replaceAll(/\{\w+\}/g, NOBODY);
  const all = JSON.stringify(canaries);
  const of = (body: string, headers: Readonly<Record<string, string>> = json): Plant => ({
    method,
    target,
    headers,
    body,
  });
  const names = Object.keys(template).filter((name) => !WORDS.has(name));
  const fields = names.flatMap((name, index) =>
    // an address in its own field is where it belongs
    [0, 3, 6]
      .filter((step) => kindAt(index + step) !== name)
      .map((step) => {
        const value = canaries[kindAt(index + step)];
        return of(JSON.stringify({ ...template, [name]: step === 3 ? { [value]: value } : value }));
      }),
  );
  return [
    ...fields,
    of(JSON.stringify({ ...template, ...canaries })),
    of(JSON.stringify({ ...template, ...Object.fromEntries(KINDS.map((kind) => [canaries[kind], kind])) })),
    of(JSON.stringify([canaries])),
    of(JSON.stringify(canaries.email)),
    of(all.slice(0, -1)),
    of(`${all} ${canaries.card}`),
    of(all, { 'content-type': 'text/plain' }),
    of(new URLSearchParams(canaries).toString(), { 'content-type': 'application/x-www-form-urlencoded' }),
    of(all, { 'content-type': `application/json; charset=${canaries.name.replaceAll(/\W/g, '')}` }),
    of(JSON.stringify({ ...template, more: `${all}${' '.repeat(110_000)}` })),
  ];
}

/** Only what a header can hold. */
const forHeader = (value: string) => value.normalize('NFD').replaceAll(/[^\u0020-\u007e]/g, '');

function inHeaders({ method, path }: Route, body: object | undefined, canaries: Canaries): Plant[] {
  const target = path.replaceAll(/\{\w+\}/g, NOBODY);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return KINDS.flatMap((kind, index): Plant[] => {
    if (!isTurn(index, path, 3)) return [];
    const value = forHeader(canaries[kind]);
    const rotated = HEADERS.map((name, at) => [name, forHeader(canaries[kindAt(index + at)])]);
    const traced = {
      tracestate: `vendor=${value}`,
      baggage: `region=${encodeURIComponent(value)},synthetic=${encodeURIComponent(value)}`,
    };
    return [
      { method, target, headers: { ...json, ...(Object.fromEntries(rotated) as Record<string, string>) }, ...sent },
      { method, target, headers: { ...json, ...traced, 'x-request-id': value, 'idempotency-key': value }, ...sent },
      { method, target, headers: { ...json, authorization: `Bearer ${value}` }, ...sent },
      {
        method,
        target,
        headers: { ...json, authorization: `Basic ${Buffer.from(value).toString('base64')}` },
        ...sent,
      },
    ];
  });
}

function plantsFor(policy: Policy, canaries: Canaries): Plant[] {
  const route = routeOf(policy);
  const body = typeof policy.body === 'object' && policy.body !== null ? policy.body : undefined;
  const query = (policy.query ?? 'limit=1&cursor=x').split('&').map((pair) => pair.split('=', 1)[0] ?? '');
  return [
    ...inPath(route, canaries, query),
    ...(body === undefined ? [] : inBody(route, body, canaries)),
    ...inHeaders(route, body, canaries),
  ];
}

/** Not by fetch, which decides itself about some of the headers. */
function send(platform: Platform, { body, headers, method, target }: Plant): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const asked = request(
      platform.gateway + target,
      { method, headers: { ...headers, ...length }, agent: false },
      (answer) => {
        resolve(answer.statusCode ?? 0);
        if (answer.headers['content-type']?.startsWith('text/event-stream') === true) asked.destroy();
        else answer.resume();
      },
    );
    // a body that is too large is not read to its end
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (['EPIPE', 'ECONNRESET'].includes(error.code ?? '')) resolve(0);
      else reject(error);
    });
    asked.end(body);
  });
}

const AT_ONCE = 8;

/** Plants all canaries at every public route, as nobody and as somebody with every role; answers the statuses. */
export async function plantEverywhere(
  platform: Platform,
  somebody: Pick<Actor, 'token'>,
  canaries: Canaries,
): Promise<number[]> {
  const plants = policies.flatMap((policy) => plantsFor(policy, canaries));
  const withToken = plants.map((plant) => ({
    ...plant,
    headers: { authorization: `Bearer ${somebody.token}`, ...plant.headers },
  }));
  const waiting = [...withToken, ...plants.filter((_plant, index) => index % 5 === 0)];
  const statuses: number[] = [];
  const worker = async (): Promise<void> => {
    for (let plant = waiting.pop(); plant; plant = waiting.pop()) statuses.push(await send(platform, plant));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return statuses;
}
