import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { toError } from '@rideshare/kernel';
import type { Scheduler } from '@rideshare/kernel';
import { createMetrics } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import type { CheckReport } from './audit.ts';
import type { Check } from './check.ts';
import { createRounds } from './rounds.ts';
import type { RoundsDeps } from './rounds.ts';

/** What watching needs beside what its rounds need. */
export interface WatchDeps extends RoundsDeps {
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly intervalMs: number;
}

/** An auditor at work. */
export interface Watching {
  /** Where its metrics are. */
  readonly port: number;
  close(): Promise<void>;
}

/** Audits on a timer, logs what it finds and shows it as metrics. */
export async function watch(deps: WatchDeps, checks: readonly Check[]): Promise<Watching> {
  const metrics = createMetrics({ service: 'auditor', version: deps.version });
  const found = metrics.counter('invariant_violations_total', 'Violations found, by rule and check', ['rule', 'check']);
  const standing = metrics.gauge('invariant_violations_standing', 'Violations of the last audit', ['rule', 'check']);
  const failed = metrics.counter('audits_failed_total', 'Audits that could not be finished');
  const took = metrics.gauge('audit_last_duration_seconds', 'How long the last audit took', ['kind']);
  const last = metrics.gauge('audit_last_completed_timestamp_seconds', 'When the last audit ended');
  // a violation that stands is counted when it appears, not at every audit
  let known = new Set<string>();
  const show = (reports: readonly CheckReport[]) => {
    const now = new Set<string>();
    for (const { check, violations } of reports) {
      const labels = { rule: String(check.rule), check: check.name };
      standing.set(labels, violations.length);
      found.inc(labels, 0);
      for (const { detail, subject } of violations) {
        const key = `${check.name}\n${subject}\n${detail}`;
        now.add(key);
        if (known.has(key)) continue;
        found.inc(labels);
        deps.logger.error('an invariant is violated', { check: check.name, rule: check.rule, subject, detail });
      }
    }
    known = now;
    last.setToCurrentTime();
  };
  const rounds = createRounds(deps, checks);
  const loop = deps.scheduler.every(
    'audit',
    deps.intervalMs,
    async () => {
      const begun = deps.clock.now().getTime();
      const { isFull, reports } = await rounds.next();
      took.set({ kind: isFull ? 'full' : 'changes' }, (deps.clock.now().getTime() - begun) / 1_000);
      show(reports);
      return false;
    },
    (error) => {
      failed.inc();
      deps.logger.error('an audit could not be finished', { error });
    },
  );
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      metrics.render().then(
        ({ body, contentType }) => response.setHeader('Content-Type', contentType).end(body),
        (error: unknown) => {
          deps.logger.error('the metrics could not be rendered', { error: toError(error) });
          response.writeHead(500).end();
        },
      );
      return;
    }
    const healthy = request.url?.startsWith('/health') ?? false;
    response.writeHead(healthy ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ status: healthy ? 'healthy' : 'unknown path' }));
  });
  server.listen(deps.port, deps.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      await loop.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
