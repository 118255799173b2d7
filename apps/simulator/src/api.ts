import type { Route } from '@rideshare/contracts';
import { DelegateBackoff, handleWhen, retry } from 'cockatiel';
import { Agent, request } from 'undici';
import type { z } from 'zod';

/** Patience for a platform that restarts or hashes a fleet's passwords: more than a minute of refusals in all. */
const ATTEMPTS = 24;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const TIMEOUT_MS = 20_000;
/** To the gateway, at once; more requests wait for one. */
const CONNECTIONS = 128;

/** A refusal or a failure, as the platform said it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, detail: string, retryAfterMs?: number) {
    super(`${String(status)} ${code}: ${detail}`);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Nobody answered: the network, or a platform that is not there. */
export class Unreachable extends Error {}

/** What one request sends. */
export interface ApiInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly idempotencyKey?: string;
}

type Success<R extends Route> = {
  [Status in keyof R['responses']]: R['responses'][Status] extends z.ZodType
    ? z.output<R['responses'][Status]>
    : undefined;
}[keyof R['responses']];

/** The public API, with the patience of a good client. */
export interface Api {
  /** @throws ApiError for what is still refused after the retries. */
  call<R extends Route>(route: R, input?: ApiInput): Promise<Success<R>>;
  readonly baseUrl: string;
  /** Answers by status, for the report. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly retries: () => number;
}

/** Nobody can tell whether it took place, or it was put off: the same request, with its key, may be sent again. */
function isTransient(error: unknown): boolean {
  return (
    !(error instanceof ApiError) ||
    error.status >= 500 ||
    error.status === 429 ||
    error.code === 'IDEMPOTENCY_IN_PROGRESS'
  );
}

function unreachable(cause: unknown): never {
  throw new Unreachable('the platform does not answer', { cause });
}

function problemOf(text: string): { readonly code?: string; readonly detail?: string } {
  try {
    return JSON.parse(text) as { code?: string };
  } catch {
    return {}; // a proxy's own page, or nothing at all
  }
}

function toError(status: number, retryAfter: string | string[] | undefined, text: string): ApiError {
  const problem = problemOf(text);
  const retryAfterS = Number(retryAfter ?? Number.NaN);
  return new ApiError(
    status,
    problem.code ?? 'UNKNOWN',
    problem.detail ?? 'no problem document',
    Number.isFinite(retryAfterS) ? retryAfterS * 1000 : undefined,
  );
}

function urlOf(baseUrl: string, route: Route, { params = {}, query = {} }: ApiInput): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return `${baseUrl}${path}${search === '' ? '' : `?${search}`}`;
}

/** A client of the platform at `baseUrl`. */
export function createApi(baseUrl: string): Api {
  const statuses = new Map<number, number>();
  const dispatcher = new Agent({ connections: CONNECTIONS });
  let retries = 0;
  const policy = retry(handleWhen(isTransient), {
    maxAttempts: ATTEMPTS - 1,
    backoff: new DelegateBackoff((context) => {
      retries += 1;
      const error = 'error' in context.result ? context.result.error : undefined;
      const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
      return Math.min(asked ?? FIRST_RETRY_MS * 2 ** context.attempt, LONGEST_RETRY_MS);
    }),
  });
  const attempt = async (route: Route, input: ApiInput): Promise<unknown> => {
    // not `fetch`: a crowd of agents spends most of its time in the client, and this one costs half as much
    const { body, headers, statusCode } = await request(urlOf(baseUrl, route, input), {
      dispatcher,
      method: route.method,
      headers: {
        ...(input.token === undefined ? {} : { authorization: `Bearer ${input.token}` }),
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(input.idempotencyKey === undefined ? {} : { 'idempotency-key': input.idempotencyKey }),
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(unreachable);
    const text = await body.text().catch(unreachable);
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    if (statusCode >= 300) throw toError(statusCode, headers['retry-after'], text);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    baseUrl,
    statuses,
    retries: () => retries,
    call: <R extends Route>(route: R, input: ApiInput = {}) =>
      policy.execute(() => attempt(route, input)) as Promise<Success<R>>,
  };
}
