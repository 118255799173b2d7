import type { Route } from '@rideshare/contracts';
import type { Principal } from '@rideshare/http';
import type { RandomStream } from '@rideshare/kernel';
import type { z } from 'zod';
import { NoAnswer } from '../engine/network.ts';
import type { SimNetwork } from '../engine/network.ts';
import type { SimProcess } from '../engine/sim-process.ts';

/** What a person was told: an answer, or that none will come. */
export interface Told {
  /** `undefined`: they gave up, and nobody knows what became of it. */
  readonly status: number | undefined;
  /** The body of a success, else the problem document. */
  readonly body: never;
  readonly code: string | undefined;
}

/** An acknowledged change: what somebody was told has happened. */
export interface Acknowledged {
  readonly route: string;
  readonly path: string;
  readonly sent: unknown;
  readonly status: number;
  readonly body: never;
  readonly principal: Principal;
}

interface Send<R extends Route> {
  readonly params?: z.input<R['params']>;
  readonly query?: z.input<R['query']>;
  readonly body?: z.input<NonNullable<R['body']>>;
}

const TIMEOUT_MS = 5_000;
const PATIENCE_MS = 600_000;
const RETRY_MS = 1_000;

/** Somebody with a telephone: asks the platform until it answers, always with the same key. */
export class Person {
  readonly id: string;
  readonly principal: Principal;
  readonly random: RandomStream;
  readonly #phone: SimProcess;
  readonly #network: SimNetwork;
  readonly #acknowledged: Acknowledged[];

  constructor(options: {
    readonly phone: SimProcess;
    readonly network: SimNetwork;
    readonly acknowledged: Acknowledged[];
    readonly roles: readonly ('rider' | 'driver' | 'admin')[];
  }) {
    this.#phone = options.phone;
    this.#network = options.network;
    this.#acknowledged = options.acknowledged;
    this.id = options.phone.ids.next();
    this.principal = { kind: 'user', userId: this.id, roles: options.roles };
    this.random = options.phone.random;
  }

  now(): Date {
    return this.#phone.clock.now();
  }

  wait(forMs: number): Promise<void> {
    return this.#phone.scheduler.sleep(forMs);
  }

  /** Waits between two durations. */
  waitBetween(fromMs: number, toMs: number): Promise<void> {
    return this.wait(this.random.between(fromMs, toMs));
  }

  /** One request, repeated with its key while nobody knows what became of it; once where there is no patience. */
  async ask<R extends Route>(route: R, { params, query, body }: Send<R> = {}, patienceMs = PATIENCE_MS): Promise<Told> {
    const path = pathOf(
      route,
      params as Record<string, unknown> | undefined,
      query as Record<string, unknown> | undefined,
    );
    const idempotencyKey = route.idempotency === 'none' ? undefined : this.#phone.ids.next();
    const request = { method: route.method, path, body, principal: this.principal, idempotencyKey };
    const untilMs = this.now().getTime() + patienceMs;
    for (;;) {
      const answer = await this.#network.call('people', route.owner, request, TIMEOUT_MS).catch((error: unknown) => {
        if (error instanceof NoAnswer) return undefined;
        throw error;
      });
      const problem = answer?.body as { readonly code?: string } | null | undefined;
      const isOpen = answer === undefined || answer.status >= 500 || problem?.code === 'IDEMPOTENCY_IN_PROGRESS';
      if (!isOpen) {
        const { status } = answer;
        const told = { status, body: answer.body as never, code: status < 400 ? undefined : problem?.code };
        if (status < 300 && route.method !== 'GET') this.#keep(route, path, body, told);
        return told;
      }
      if (this.now().getTime() >= untilMs) return { status: undefined, body: undefined as never, code: undefined };
      await this.wait(RETRY_MS);
    }
  }

  #keep(route: Route, path: string, sent: unknown, { status, body }: Told): void {
    const { principal } = this;
    this.#acknowledged.push({ route: route.id, path, sent, status: status ?? 0, body, principal });
  }
}

function pathOf(
  { path }: Route,
  params: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(String(params[name])));
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === '' ? filled : `${filled}?${text}`;
}
