import { problemSchema } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import { AppError, isAppError } from '@rideshare/kernel';
import type { ErrorKind } from '@rideshare/kernel';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { z } from 'zod';
import { httpError } from './problem.ts';
import type { ServiceTokens } from './tokens.ts';

const KIND_OF_STATUS: Readonly<Partial<Record<number, ErrorKind>>> = {
  401: 'unauthenticated',
  403: 'forbidden',
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

function urlOf(baseUrl: string, route: Route, input: CallInput<Route>): string {
  const params = (input.params ?? {}) as Record<string, unknown>;
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(String(params[name])));
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

async function refusal(response: Response): Promise<AppError> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  const kind = KIND_OF_STATUS[response.status] ?? 'invalid';
  return problem.success
    ? new AppError(problem.data.code, kind, problem.data.detail, { fields: problem.data.errors ?? [] })
    : new AppError('UPSTREAM_REFUSED', kind, `a service answered ${String(response.status)}`);
}

/**
 * A client of one service; every attempt has its own deadline and all attempts send the same request.
 */
export function createServiceClient(options: {
  readonly baseUrl: string;
  readonly tokens: Pick<ServiceTokens, 'issue'>;
  /** Deadline of one attempt. */
  readonly timeoutMs?: number;
  /** Attempts in total. */
  readonly attempts?: number;
}): ServiceClient {
  const timeoutMs = options.timeoutMs ?? 2_000;
  const policy = retry(
    handleWhen((error) => isAmbiguous(error)),
    { maxAttempts: (options.attempts ?? 2) - 1, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 }) },
  );

  async function attempt(route: Route, input: CallInput<Route>): Promise<{ status: number; body: unknown }> {
    const response = await fetch(urlOf(options.baseUrl, route, input), {
      method: route.method,
      headers: {
        authorization: `Bearer ${await options.tokens.issue()}`,
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(input.idempotencyKey === undefined ? {} : { 'idempotency-key': input.idempotencyKey }),
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    }).catch((error: unknown) => {
      throw ambiguous(error);
    });
    if (response.status >= 500) {
      await response.body?.cancel();
      throw ambiguous(new Error(`status ${String(response.status)} from ${route.id}`));
    }
    const schema = route.responses[response.status];
    if (schema === undefined) throw await refusal(response);
    if (schema === null) {
      await response.body?.cancel();
      return { status: response.status, body: null };
    }
    const parsed = schema.safeParse(
      await response.json().catch((error: unknown) => {
        throw ambiguous(error);
      }),
    );
    if (!parsed.success) throw ambiguous(parsed.error);
    return { status: response.status, body: parsed.data };
  }

  return {
    async call<R extends Route>(route: R, input: CallInput<R>) {
      const answer = await policy.execute(() => attempt(route, input as CallInput<Route>));
      return answer as { status: number; body: SuccessBody<R> };
    },
  };
}
