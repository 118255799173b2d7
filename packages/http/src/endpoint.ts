import type { IncomingHttpHeaders } from 'node:http';
import type { Route } from '@rideshare/contracts';
import type { Operation } from '@rideshare/kernel';
import type { z } from 'zod';
import type { Principal } from './principal.ts';

/** A request that passed every check of its route. */
export interface Call<R extends Route, Result> {
  readonly params: z.infer<R['params']>;
  readonly query: z.infer<R['query']>;
  readonly body: z.infer<NonNullable<R['body']>>;
  readonly principal: Principal;
  readonly operation: Operation<Result>;
  readonly requestId: string;
  /** The caller's network address, as the nearest trusted proxy saw it. */
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes, for signatures. */
  readonly rawBody: Buffer;
}

type DeepReadonly<Value> = Value extends object ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> } : Value;

type BodyOf<Schema> = Schema extends z.ZodType ? DeepReadonly<z.input<Schema>> : undefined;

/** One of the route's success answers. */
export type Answer<R extends Route> = {
  [Status in keyof R['responses'] & number]: R['responses'][Status] extends null
    ? { readonly status: Status; readonly headers?: Readonly<Record<string, string>>; readonly body?: undefined }
    : {
        readonly status: Status;
        readonly headers?: Readonly<Record<string, string>>;
        readonly body: BodyOf<R['responses'][Status]>;
      };
}[keyof R['responses'] & number];

/** How a service answers one route. */
export interface Handler<R extends Route, Result> {
  /** Looks at the parsed JSON before the schema does, for refusals that outrank it; throws them. */
  inspect?(body: unknown): void;
  /** Carries the request out; refusals are thrown as `AppError`s. */
  run(call: Call<R, Result>): Promise<Result>;
  /** The answer to a result. Pure: the store also calls it, to keep the answer in the transaction of the effect. */
  respond(result: Result, call: Call<R, Result>): Answer<R>;
}

/** An answer whose route is no longer known to the compiler. */
export interface AnyAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A route bound to its handler. */
export interface Endpoint {
  readonly route: Route;
  readonly handler: {
    inspect?(body: unknown): void;
    run(call: Call<Route, unknown>): Promise<unknown>;
    respond(result: unknown, call: Call<Route, unknown>): AnyAnswer;
  };
}

/**
 * Binds a route of the inventory to the code that answers it.
 *
 * @remarks Name both types: the compiler cannot take the result's from `run`, whose call already mentions it.
 * @example
 * endpoint<typeof route, TripView>(route, {
 *   run: ({ params }) => getTrip(deps, params.id),
 *   respond: (trip) => ({ status: 200, body: trip }),
 * })
 */
export function endpoint<R extends Route, Result>(route: R, handler: Handler<R, Result>): Endpoint {
  // safe: the app hands `run` a call that was parsed by this very route's schemas
  return { route, handler: handler };
}
