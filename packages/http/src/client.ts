import { problemSchema } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import { AppError, isAppError } from '@rideshare/kernel';
import type { ErrorKind, Ids } from '@rideshare/kernel';
import { systemIds } from '@rideshare/kernel/system';
import type { Logger } from '@rideshare/observability';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { z } from 'zod';
import { httpError } from './problem.ts';
import type { ServiceTokens } from './tokens.ts';

const KIND_OF_STATUS: Readonly<Partial<Record<number, ErrorKind>>> = {
  404: 'not_found',
  409: 'conflict',
  410: 'gone',
  429: 'rate_limited',
};

/** What a call sends; each part has the shape its route declares. */
export interface CallInput<R extends Route> {
  readonly params?: z.input<R['params']>;
  readonly query?: z.input<R['query']>;
  readonly body?: z.input<NonNullable<R['body']>>;
  readonly idempotencyKey?: string;
}

type SuccessBody<R extends Route> = {
  [Status in keyof R['responses']]: R['responses'][Status] extends z.ZodType ? z.output<R['responses'][Status]> : null;
}[keyof R['responses']];

/** Calls another service. */
export interface ServiceClient {
  /**
   * Sends one request and parses its answer.
   *
   * @throws The problem's own code for a definitive refusal; `UPSTREAM_AMBIGUOUS` when no definitive answer came, in
   * which case the effect may or may not have happened and nothing may be compensated.
   */
  call<R extends Route>(
    route: R,
    input: CallInput<R>,
  ): Promise<{ readonly status: number; readonly body: SuccessBody<R> }>;
}

/** Whether an error leaves open if the effect took place. */
export function isAmbiguous(error: unknown): boolean {
  return isAppError(error) && (error.code === 'UPSTREAM_AMBIGUOUS' || error.code === 'COMMIT_AMBIGUOUS');
}

function ambiguous(cause: unknown): AppError {
  return httpError('UPSTREAM_AMBIGUOUS', 'a service gave no definitive answer', { cause, retryAfterS: 1 });
}

/** No definitive answer yet; the same request may be sent again. */
class Transient extends Error {
  override readonly name = 'Transient';
}

/** What a proxy or a draining process answers; 500 is an answer of the service itself, and repeating it helps nobody. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

type Scalar = string | number | boolean;

function urlOf(baseUrl: string, route: Route, input: CallInput<Route>): string {
  const params = (input.params ?? {}) as Record<string, Scalar>;
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(String(params[name])));
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, Scalar | undefined>)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw new Transient('the answer broke off', { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a status that the route does not declare means; only what was read to its end is a definitive refusal. */
async function refusal(response: Response): Promise<Error> {
  const { status } = response;
  const problem = problemSchema.safeParse(parseJson(await readText(response)));
  if (!problem.success) return httpError('UPSTREAM_REFUSED', `a service answered ${String(status)}`);
  const { code, detail, errors: fields = [] } = problem.data;
  // the first sending of this very request is still at work
  if (code === 'IDEMPOTENCY_IN_PROGRESS') return new Transient(code);
  // it is this service that was not let in; whoever called us has done nothing wrong
  if (status === 401 || status === 403) return httpError('UPSTREAM_REFUSED', `a service refused us with ${code}`);
  const retryAfterS = Number(response.headers.get('retry-after') ?? 0);
  return new AppError(code, KIND_OF_STATUS[status] ?? 'invalid', detail, {
    fields,
    ...(retryAfterS > 0 ? { retryAfterS } : {}),
  });
}

/** How a request leaves this process; `fetch`, but where there is no network. */
export type Transport = (url: string, init: RequestInit) => Promise<Response>;

async function send(transport: Transport, url: string, init: RequestInit): Promise<Response> {
  try {
    return await transport(url, init);
  } catch (error) {
    throw new Transient('no answer', { cause: error });
  }
}

/** What is left of an answer is of no use, and neither is the news that it broke off. */
async function letGo(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

async function readAnswer(route: Route, response: Response): Promise<{ status: number; body: unknown }> {
  const { status } = response;
  if (status >= 500) {
    await letGo(response);
    const cause = new Transient(`status ${String(status)} from ${route.id}`);
    throw TRANSIENT_STATUSES.has(status) ? cause : ambiguous(cause);
  }
  const schema = route.responses[status];
  if (schema === undefined) throw await refusal(response);
  if (schema === null) {
    await letGo(response);
    return { status, body: null };
  }
  const body: unknown = await response.json().catch((error: unknown) => {
    throw new Transient('the answer broke off', { cause: error });
  });
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw ambiguous(parsed.error);
  return { status, body: parsed.data };
}

/**
 * A client of one service; every attempt has its own deadline and all attempts send the same request.
 *
 * @remarks Routes that honour a key always get one: without `idempotencyKey`, each call is a command of its own.
 */
export function createServiceClient(options: {
  readonly baseUrl: string;
  readonly tokens: Pick<ServiceTokens, 'issue'>;
  readonly logger?: Logger;
  /** Deadline of one attempt. */
  readonly timeoutMs?: number;
  /** Attempts in total. */
  readonly attempts?: number;
  readonly transport?: Transport;
  /** Makes the keys of calls that bring none. */
  readonly ids?: Ids;
}): ServiceClient {
  const { baseUrl, tokens, logger, timeoutMs = 2_000, attempts = 2, transport = fetch, ids = systemIds } = options;
  const policy = retry(
    handleWhen((error) => error instanceof Transient),
    { maxAttempts: attempts - 1, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 }) },
  );
  const attempt = async (route: Route, input: CallInput<Route>, key: string | undefined) => {
    const response = await send(transport, urlOf(baseUrl, route, input), {
      method: route.method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${await tokens.issue()}`,
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    return readAnswer(route, response);
  };
  return {
    async call<R extends Route>(route: R, input: CallInput<R>) {
      const key = route.idempotency === 'none' ? undefined : (input.idempotencyKey ?? ids.next());
      try {
        const answer = await policy.execute(() => attempt(route, input as CallInput<Route>, key));
        return answer as { status: number; body: SuccessBody<R> };
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        logger?.warn('a service gave no definitive answer', { route: route.id, attempts, error });
        throw ambiguous(error);
      }
    },
  };
}
