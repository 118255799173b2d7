import type { Route } from '@rideshare/contracts';
import { DelegateBackoff, handleWhen, retry } from 'cockatiel';
import type { IRetryBackoffContext } from 'cockatiel';
import { Agent, request } from 'undici';
import type { z } from 'zod';
import type { Journal } from './journal.ts';
import { createPatience } from './patience.ts';
import type { PatienceReport } from './patience.ts';

/** Patience for a platform that restarts, recovers or hashes a fleet's passwords. */
const PATIENCE_MS = 300_000;
const FIRST_RETRY_MS = 100;
/** Whoever is promised an answer within ten seconds of repeating does not sleep through half of them. */
const LONGEST_RETRY_MS = 2_000;
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
  /** How long keyed requests took until their yes or no. */
  readonly patience: () => PatienceReport;
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

function pathOf(route: Route, { params = {} }: ApiInput): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(params[name] ?? ''));
}

function urlOf(baseUrl: string, route: Route, input: ApiInput): string {
  const { query = {} } = input;
  const path = pathOf(route, input);
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return `${baseUrl}${path}${search === '' ? '' : `?${search}`}`;
}

/** The time with fractions of a millisecond, of a clock that never goes back. */
const nowMs = () => performance.timeOrigin + performance.now();

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | string[] | undefined;
}

function writeDown(
  journal: Journal | undefined,
  route: Route,
  input: ApiInput,
  { sentAtMs, ...told }: { readonly sentAtMs: number; readonly status: number; readonly text: string },
): void {
  const { body: sent, idempotencyKey: key, params = {}, token } = input;
  const answer = told.status < 300 && told.text !== '' ? (JSON.parse(told.text) as unknown) : undefined;
  const request = { route, path: pathOf(route, input), params, key, token, sent, sentAtMs };
  journal?.record({ ...request, status: told.status, answer, answeredAtMs: nowMs() });
}

/** What a client may be given. */
export interface ApiOptions {
  readonly journal?: Journal | undefined;
  /** How long a request is repeated. */
  readonly patienceMs?: number;
}

/** A client of the platform at `baseUrl`, which writes down what it is told where it has a journal. */
export function createApi(baseUrl: string, { journal, patienceMs = PATIENCE_MS }: ApiOptions = {}): Api {
  const statuses = new Map<number, number>();
  const dispatcher = new Agent({ connections: CONNECTIONS });
  const patience = createPatience();
  let retries = 0;
  const backoff = new DelegateBackoff((context: IRetryBackoffContext<unknown>) => {
    retries += 1;
    const error = 'error' in context.result ? context.result.error : undefined;
    const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
    return Math.min(asked ?? FIRST_RETRY_MS * 2 ** context.attempt, LONGEST_RETRY_MS);
  });
  const send = async (route: Route, input: ApiInput): Promise<Answer> => {
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
    });
    return { status: statusCode, text: await body.text(), retryAfter: headers['retry-after'] };
  };
  const attempt = async (route: Route, input: ApiInput): Promise<unknown> => {
    const sentAtMs = nowMs();
    const { retryAfter, status, text } = await send(route, input).catch((error: unknown) => {
      writeDown(journal, route, input, { sentAtMs, status: 0, text: '' });
      return unreachable(error);
    });
    writeDown(journal, route, input, { sentAtMs, status, text });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 300) throw toError(status, retryAfter, text);
    return text === '' ? undefined : JSON.parse(text);
  };
  const patiently = async (route: Route, input: ApiInput): Promise<unknown> => {
    const begunAt = performance.now();
    const settled = (answered: boolean) => {
      const { idempotencyKey: key } = input;
      if (key !== undefined) patience.settled(route.id, key, performance.now() - begunAt, answered);
    };
    try {
      // by the clock, not by the number of tries: a platform that says "in a second" may say so for long
      const goesOn = (error: unknown) => isTransient(error) && performance.now() - begunAt < patienceMs;
      const answer = await retry(handleWhen(goesOn), { maxAttempts: Number.MAX_SAFE_INTEGER, backoff }).execute(() =>
        attempt(route, input),
      );
      settled(true);
      return answer;
    } catch (error) {
      settled(!isTransient(error));
      throw error;
    }
  };
  return {
    baseUrl,
    statuses,
    retries: () => retries,
    patience: () => patience.report(),
    call: <R extends Route>(route: R, input: ApiInput = {}) => patiently(route, input) as Promise<Success<R>>,
  };
}
