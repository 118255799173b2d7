import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Route } from '@rideshare/contracts';
import { canonicalJson } from '@rideshare/kernel';

/** One request and its answer, or the lack of one. */
export interface Exchange {
  readonly route: Pick<Route, 'id' | 'method'>;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly key: string | undefined;
  readonly token: string | undefined;
  readonly sent: unknown;
  /** 0 where no answer came. */
  readonly status: number;
  readonly answer: unknown;
  /** Milliseconds since 1970, with fractions, of one clock that never goes back. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/** What clients were told, line by line. */
export interface Journal {
  /** Writes the exchange down before it returns: whoever acts on an answer acts on one that is in the journal. */
  record(exchange: Exchange): void;
  close(): void;
}

/** What the `id` of an answer names; of routes that are not here, nothing is known by an id of its own. */
const NAMES: Readonly<Record<string, string>> = {
  registerUser: 'account',
  createQuote: 'quote',
  requestTrip: 'trip',
  changeTripStatus: 'trip',
  getTrip: 'trip',
  addPaymentMethod: 'method',
  registerDriver: 'driver',
  setDriverStatus: 'driver',
  submitDocument: 'document',
  reviewDocument: 'document',
};
/** Answers without an id of their own are about what the path names. */
const ABOUT_PATH: Readonly<Record<string, string>> = { rateTrip: 'trip', declineOffer: 'trip' };
const DIGEST_LENGTH = 32;

const isDone = (status: number) => status >= 200 && status < 300;

/** A read is told of where it shows the version of what others have changed. */
const isTold = ({ route }: Exchange) => route.method !== 'GET' || route.id === 'getTrip';

/** Who asks, by the token's own words. */
function principalOf(token: string | undefined): string | undefined {
  const [, claims = ''] = token?.split('.') ?? [];
  try {
    const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub?: unknown };
    return typeof sub === 'string' ? `user:${sub}` : undefined;
  } catch {
    return undefined; // no token, or none of ours
  }
}

function idsOf({ answer, params, route, status }: Exchange): Record<string, string> {
  if (!isDone(status)) return {};
  const aboutPath = ABOUT_PATH[route.id];
  if (aboutPath !== undefined && params['id'] !== undefined) return { [aboutPath]: params['id'] };
  const name = NAMES[route.id];
  const { id } = Object(answer) as { id?: unknown };
  return name !== undefined && typeof id === 'string' ? { [name]: id } : {};
}

function tripOf({ answer, route, status }: Exchange): { readonly version?: number; readonly state?: string } {
  if (!isDone(status) || NAMES[route.id] !== 'trip') return {};
  const { status: state, version } = Object(answer) as { status?: unknown; version?: unknown };
  return typeof state === 'string' && typeof version === 'number' ? { state, version } : {};
}

/** The line of an exchange, as the auditor reads it. */
export function journalLine(exchange: Exchange): string {
  const { answeredAtMs, key, path, route, sent, sentAtMs, status, token } = exchange;
  const principal = principalOf(token);
  const entry = {
    // a millisecond is coarse: what is not surely later is not told as later
    at: new Date(Math.ceil(answeredAtMs)).toISOString(),
    sentAt: new Date(Math.floor(sentAtMs)).toISOString(),
    method: route.method,
    route: route.id,
    path,
    ...(principal === undefined ? {} : { principal }),
    ...(key === undefined ? {} : { key }),
    // a digest: bodies hold passwords and places
    ...(key === undefined || sent === undefined
      ? {}
      : { payload: createHash('sha256').update(canonicalJson(sent)).digest('hex').slice(0, DIGEST_LENGTH) }),
    status,
    ids: idsOf(exchange),
    ...tripOf(exchange),
  };
  return `${JSON.stringify(entry)}\n`;
}

/** A journal at the end of `file`. */
export function openJournal(file: string): Journal {
  const descriptor = openSync(file, 'a');
  return {
    record(exchange) {
      if (isTold(exchange)) writeSync(descriptor, journalLine(exchange));
    },
    close() {
      closeSync(descriptor);
    },
  };
}
