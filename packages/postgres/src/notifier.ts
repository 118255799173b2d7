/**
 * `LISTEN` and `NOTIFY` on one connection beside the pool.
 *
 * A notification inside a business transaction would hold a lock that orders all commits of the server from before the
 * disk sync to after it. Notifications are hints here, so they go out after the commit, on a connection that waits for
 * no sync, and those that pile up behind one another are sent once.
 *
 * The connection is made when it is first needed. When it is lost it is made again, with growing pauses, until `close`.
 */
import { toError } from '@rideshare/kernel';
import pg from 'pg';
import { engineUnreachable } from './errors.ts';
import type { Listening, OnNotify } from './queryable.ts';

// a lost connection is looked for again at these intervals; listeners poll meanwhile
const RECONNECT_MS = { first: 200, most: 5_000 } as const;

const NOTIFY = {
  name: 'notify',
  text: 'select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as hints (channel, payload)',
};

interface NotifierOptions {
  readonly client: () => pg.Client;
  readonly onError: (error: Error) => void;
}

interface Hint {
  readonly channel: string;
  readonly payload: string;
}

/** The side connection of a database handle; see the head of this file. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #listeners = new Map<string, Set<OnNotify>>();
  readonly #pending = new Map<string, Hint>();
  #client: pg.Client | undefined;
  #connecting: Promise<void> | undefined;
  #sending: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #retryMs: number = RECONNECT_MS.first;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Resolves when the channel is listened to, or cannot be for now: then it is tried again and again. */
  async listen(channel: string, onNotify: OnNotify): Promise<Listening> {
    const known = this.#listeners.get(channel);
    const registered = known ?? new Set();
    registered.add(onNotify);
    this.#listeners.set(channel, registered);
    try {
      if (!known) await this.#run(`listen ${pg.escapeIdentifier(channel)}`);
      await this.#ensureConnected();
    } catch (error) {
      this.#options.onError(toError(error));
      this.#reconnectLater();
    }
    return {
      close: async () => {
        registered.delete(onNotify);
        if (registered.size > 0 || this.#listeners.get(channel) !== registered) return;
        this.#listeners.delete(channel);
        await this.#run(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => undefined); // gone anyway
      },
    };
  }

  /** Tells the listeners here at once, and those elsewhere as soon as the connection is free. */
  notify(channel: string, payload: string): void {
    if (this.#closed || this.#deliver(channel, payload)) return;
    this.#pending.set(`${channel}\n${payload}`, { channel, payload });
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    await this.#connecting?.catch(() => undefined); // it has been reported where it was asked for
    await this.#sending;
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  /** True when a listener says that nobody else need hear of it. */
  #deliver(channel: string, payload: string): boolean {
    return [...(this.#listeners.get(channel) ?? [])].map((listener) => listener(payload)).includes(true);
  }

  #ensureConnected(): Promise<void> {
    if (this.#client || this.#closed) return Promise.resolve();
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const client = this.#options.client();
    client.on('error', this.#options.onError);
    client.on('notification', ({ channel, payload, processId }) => {
      if (processId !== backendOf(client)) this.#deliver(channel, payload ?? ''); // ours was delivered at once
    });
    client.on('end', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#reconnectLater();
    });
    try {
      await client.connect();
      await client.query('set synchronous_commit = off');
      for (const channel of this.#listeners.keys()) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      await client.end().catch(() => undefined); // it may never have been open; the first failure is the one that counts
      throw engineUnreachable(error);
    }
    this.#client = client;
    this.#retryMs = RECONNECT_MS.first;
  }

  #reconnectLater(): void {
    if (this.#closed || this.#retryTimer) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      void this.#reconnect();
    }, this.#retryMs);
    this.#retryTimer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, RECONNECT_MS.most);
  }

  async #reconnect(): Promise<void> {
    try {
      await this.#ensureConnected();
      // whatever was said meanwhile went unheard
      for (const channel of this.#listeners.keys()) this.#deliver(channel, '');
    } catch (error) {
      this.#options.onError(toError(error));
      this.#reconnectLater();
    }
  }

  async #send(): Promise<void> {
    try {
      await this.#ensureConnected();
      for (let hints = this.#take(); hints.length > 0; hints = this.#take()) {
        const values = [hints.map(({ channel }) => channel), hints.map(({ payload }) => payload)];
        await this.#run({ ...NOTIFY, values });
      }
    } catch (error) {
      this.#pending.clear(); // hints only: whoever waits for them polls
      if (!this.#closed) this.#options.onError(toError(error));
    }
  }

  /** One statement at a time, on the connection there is; without one there is nothing to do. */
  #run(statement: string | pg.QueryConfig): Promise<void> {
    const next = this.#last.then(async () => {
      await this.#client?.query(statement);
    });
    this.#last = next.catch(() => undefined); // whoever asked for it is told
    return next;
  }

  #take(): Hint[] {
    const hints = [...this.#pending.values()];
    this.#pending.clear();
    return hints;
  }
}

function backendOf(client: pg.Client): number | null {
  return (client as unknown as { readonly processID: number | null }).processID;
}
