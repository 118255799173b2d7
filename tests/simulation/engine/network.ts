import { answerRequest, bySpecificity, refusalHeaders, toProblem } from '@rideshare/http';
import type { AnswerDeps, Endpoint, Principal, Transport } from '@rideshare/http';
import { isAppError, toError } from '@rideshare/kernel';
import type { AppError, RandomStream, StoredResponse } from '@rideshare/kernel';
import type { Count, SimProcess } from './sim-process.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A request on its way. */
export interface SimRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
  readonly principal: Principal;
  readonly idempotencyKey: string | undefined;
}

/** A process that answers requests. */
export interface SimServer {
  readonly process: SimProcess;
  readonly endpoints: readonly Endpoint[];
  readonly answers: Omit<AnswerDeps, 'problemAnswer'>;
}

/** How the network between processes behaves. */
export interface NetworkWeather {
  /** The longest that a message usually takes. */
  readonly latencyMs: number;
  /** The chance that a message takes a hundred times as long. */
  readonly late: number;
  /** The chance that a message is lost. */
  readonly dropped: number;
  /** The chance that a request arrives twice. */
  readonly doubled: number;
}

/** No answer came, whatever became of the request. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

interface Mounted {
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly endpoint: Endpoint;
}

const CALM: NetworkWeather = { latencyMs: 3, late: 0, dropped: 0, doubled: 0 };

/** The network of a simulated world: between the services, and between people and the services. */
export class SimNetwork {
  readonly #time: VirtualTime;
  readonly #random: RandomStream;
  readonly #count: Count;
  readonly #servers = new Map<string, SimServer[]>();
  readonly #routes = new WeakMap<SimServer, readonly Mounted[]>();
  #weather = CALM;
  /** Pairs that hear nothing of each other, `a>b`. */
  readonly #cut = new Set<string>();

  constructor(time: VirtualTime, random: RandomStream, count: Count) {
    this.#time = time;
    this.#random = random;
    this.#count = count;
  }

  /** Puts a process of `service` at the end of its address. */
  mount(service: string, server: SimServer): void {
    const servers = this.#servers.get(service) ?? [];
    this.#servers.set(service, [...servers.filter(({ process }) => process.isAlive), server]);
    this.#routes.set(server, server.endpoints.toSorted((a, b) => bySpecificity(a.route, b.route)).map(mountedOf));
  }

  setWeather(weather: NetworkWeather = CALM): void {
    this.#weather = weather;
  }

  /** From now on nothing gets from `from` to `to`; both are names of services, or `people`. */
  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`);
  }

  /** Ends one cut, or all of them. */
  heal(from?: string, to?: string): void {
    if (from === undefined || to === undefined) this.#cut.clear();
    else this.#cut.delete(`${from}>${to}`);
  }

  /**
   * Sends a request to some process of `service` and waits for its answer.
   *
   * @throws {@link NoAnswer} after `timeoutMs`, or sooner when nobody listens.
   */
  async call(from: string, service: string, request: SimRequest, timeoutMs: number): Promise<StoredResponse> {
    return new Promise((resolve, reject) => {
      const giveUp = this.#time.after(timeoutMs, () => {
        reject(new NoAnswer(`${service} did not answer within ${String(timeoutMs)} ms`));
      });
      const settle = (finish: () => void): void => {
        giveUp();
        finish();
      };
      const copies = this.#random.chance(this.#weather.doubled) ? 2 : 1;
      if (copies === 2) this.#count('request doubled');
      for (let copy = 0; copy < copies; copy += 1) {
        this.#carry(from, service, () => {
          const server = this.#choose(service);
          if (!server) {
            settle(() => {
              reject(new NoAnswer(`nobody listens at ${service}`));
            });
            return;
          }
          void this.#answer(server, request).then((response) => {
            this.#carry(service, from, () => {
              settle(() => {
                resolve(response);
              });
            });
          });
        });
      }
    });
  }

  /** The transport of a service's clients; its URLs are `http://<service>/…`. */
  transportOf(service: string, process: SimProcess, timeoutMs: number): Transport {
    return async (url, init) => {
      const { host, pathname, search } = new URL(url);
      const headers = init.headers as Record<string, string>;
      const request = {
        method: init.method ?? 'GET',
        path: pathname + search,
        body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined,
        principal: { kind: 'service', service } as const,
        idempotencyKey: headers['idempotency-key'],
      };
      const answer = await this.call(service, host, request, timeoutMs).finally(() => process.turn());
      await process.turn();
      const { status, body } = answer;
      return new Response(body === null ? null : JSON.stringify(body), { status, headers: answer.headers });
    };
  }

  #carry(from: string, to: string, arrive: () => void): void {
    const { dropped, late, latencyMs } = this.#weather;
    if (this.#cut.has(`${from}>${to}`)) {
      this.#count('message cut');
      return;
    }
    if (this.#random.chance(dropped)) {
      this.#count('message dropped');
      return;
    }
    const isLate = this.#random.chance(late);
    if (isLate) this.#count('message late');
    this.#time.after(Math.ceil(this.#random.next() * latencyMs * (isLate ? 100 : 1)), arrive);
  }

  #choose(service: string): SimServer | undefined {
    const servers = (this.#servers.get(service) ?? []).filter(({ process }) => process.isAlive);
    return servers[this.#random.integer(Math.max(1, servers.length))];
  }

  async #answer(server: SimServer, request: SimRequest): Promise<StoredResponse> {
    await server.process.turn();
    const [path = '/', query = ''] = request.path.split('?');
    const problemAnswer = (error: AppError): StoredResponse => {
      const problem = toProblem(error, { instance: path, traceId: '0' });
      const headers = { 'Content-Type': 'application/problem+json', ...refusalHeaders(error) };
      return { status: problem.status, headers, body: problem };
    };
    const found = this.#find(server, request.method, path);
    if (!found) throw new Error(`${request.method} ${path} is no route`);
    try {
      const { response } = await answerRequest(
        found.endpoint,
        {
          principal: request.principal,
          params: found.params,
          query: Object.fromEntries(new URLSearchParams(query)),
          body: request.body === undefined ? {} : (JSON.parse(JSON.stringify(request.body)) as unknown),
          requestId: 'simulated',
          address: '127.0.0.1',
          headers: request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey },
          rawBody: Buffer.alloc(0),
        },
        { ...server.answers, problemAnswer },
      );
      return response;
    } catch (thrown) {
      const error = toError(thrown);
      if (isAppError(error)) return problemAnswer(error);
      throw error;
    } finally {
      await server.process.turn();
    }
  }

  #find(server: SimServer, method: string, path: string) {
    for (const mounted of this.#routes.get(server) ?? []) {
      if (mounted.method !== method) continue;
      const match = mounted.pattern.exec(path);
      if (!match) continue;
      const params = Object.fromEntries(
        mounted.names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]),
      );
      return { endpoint: mounted.endpoint, params };
    }
    return undefined;
  }
}

function mountedOf(endpoint: Endpoint): Mounted {
  const { method, path } = endpoint.route;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  return { method, names, endpoint, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`) };
}
