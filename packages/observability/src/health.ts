import type { Health } from '@rideshare/contracts';
import { type Clock, toError } from '@rideshare/kernel';
import { withinMs } from './deadline.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Resolves when the dependency answers; gives up when `signal` aborts. */
export type Check = (signal: AbortSignal) => Promise<void>;

/** The answer of a probe. `reason` is for people: it names no internals. */
export interface Probe {
  readonly ok: boolean;
  readonly reason?: 'starting' | 'draining' | 'dependency';
}

/** What a process knows about its own health. */
export interface HealthMonitor {
  /** The health document; `unhealthy` is answered with 503, the other two with 200. */
  report(): Promise<Health>;
  /** Whether the process should be left running; asks no dependency. */
  live(): Probe;
  /** Whether the process should be given requests. */
  ready(): Promise<Probe>;
  /** Whether the process has finished starting. */
  startup(): Probe;
  markStarted(): void;
  /** From now on `ready` says no, so that no new requests arrive. */
  markDraining(): void;
}

const TIMEOUT_MS = 500; // a dependency that takes longer cannot serve requests in time either
const CACHE_MS = 1_000; // many probes, one question

interface Outcome {
  readonly status: 'healthy' | 'unhealthy';
  readonly responseTimeMs: number;
}

interface HealthOptions {
  readonly service: string;
  readonly version: string;
  readonly clock: Clock;
  /** Without it nothing works: its loss makes the process `unhealthy`. */
  readonly database?: Check;
  /** Its loss makes the process `degraded`. */
  readonly cache?: Check;
  /** The loss of any of them makes the process `degraded`. */
  readonly external?: Readonly<Record<string, Check>>;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  readonly cacheMs?: number;
}

/** Runs checks, logs when a dependency changes sides and shows each as a gauge. */
function createChecker({ logger, metrics }: HealthOptions): (name: string, check: Check) => Promise<Outcome> {
  const gauge = metrics?.gauge('dependency_up', 'Whether a dependency answered its last check', ['dependency']);
  const last = new Map<string, Outcome['status']>();
  return async (name, check) => {
    const started = performance.now();
    const error = await withinMs(TIMEOUT_MS, async (signal) => check(signal)).then(() => undefined, toError);
    const status = error ? 'unhealthy' : 'healthy';
    const responseTimeMs = Math.round((performance.now() - started) * 10) / 10;
    gauge?.set({ dependency: name }, error ? 0 : 1);
    if ((last.get(name) ?? 'healthy') !== status) {
      if (error) logger?.error('a dependency does not answer', { dependency: name, error });
      else logger?.info('a dependency answers again', { dependency: name });
    }
    last.set(name, status);
    return { status, responseTimeMs };
  };
}

async function takeReport(options: HealthOptions, run: ReturnType<typeof createChecker>): Promise<Health> {
  const { database, cache, external = {}, clock, service, version } = options;
  const [databaseOutcome, cacheOutcome, ...externals] = await Promise.all([
    database && run('database', database),
    cache && run('cache', cache),
    ...Object.entries(external).map(async ([name, check]) => ({ name, ...(await run(name, check)) })),
  ]);
  const isWeaker = [cacheOutcome, ...externals].some((outcome) => outcome?.status === 'unhealthy');
  return {
    status: databaseOutcome?.status === 'unhealthy' ? 'unhealthy' : isWeaker ? 'degraded' : 'healthy',
    timestamp: clock.now().toISOString(),
    service,
    version,
    checks: {
      ...(databaseOutcome ? { database: databaseOutcome } : {}),
      ...(cacheOutcome ? { cache: cacheOutcome } : {}),
      external_apis: externals,
    },
  };
}

/** Watches the dependencies of a process when asked: in parallel, each for at most 500 ms, once a second at most. */
export function createHealth(options: HealthOptions): HealthMonitor {
  const run = createChecker(options);
  const cacheMs = options.cacheMs ?? CACHE_MS;
  let phase: 'starting' | 'started' | 'draining' = 'starting';
  let cached: { readonly until: number; readonly report: Promise<Health> } | undefined;
  const report = (): Promise<Health> => {
    if (!cached || performance.now() >= cached.until) {
      // a report under way is shared however long it takes; the checks have deadlines
      const fresh = { until: Number.POSITIVE_INFINITY, report: takeReport(options, run) };
      cached = fresh;
      void fresh.report.finally(() => (fresh.until = performance.now() + cacheMs));
    }
    return cached.report;
  };
  return {
    report,
    live: () => ({ ok: true }),
    startup: () => (phase === 'starting' ? { ok: false, reason: 'starting' } : { ok: true }),
    async ready() {
      if (phase !== 'started') return { ok: false, reason: phase };
      return (await report()).status === 'unhealthy' ? { ok: false, reason: 'dependency' } : { ok: true };
    },
    markStarted() {
      if (phase === 'starting') phase = 'started';
    },
    markDraining() {
      phase = 'draining';
    },
  };
}
