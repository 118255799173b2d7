/** An app as services have it, for the test of its spans: what the console exporter prints becomes lines of JSON. */
import { defineRoute, emptySchema, idSchema } from '@rideshare/contracts';
import { systemClock as clock, systemIds as ids } from '@rideshare/kernel/system';
import { createHealth, createLogger, createMetrics, runProcess } from '@rideshare/observability';
import { z } from 'zod';
import { createServiceApp, endpoint, listen } from '../../src/index.ts';

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
console.dir = (span: object) => say({ span });

const base = { owner: 'trip', tag: 'x', summary: 'x', method: 'GET', query: emptySchema, body: null } as const;
const open = defineRoute({
  ...base,
  id: 'open',
  path: '/api/open/{id}',
  callers: ['anyone'],
  params: z.strictObject({ id: idSchema }),
  responses: { 200: z.object({ id: z.string() }) },
});
const closed = defineRoute({
  ...base,
  id: 'closed',
  path: '/api/closed',
  callers: ['user'],
  params: emptySchema,
  responses: { 204: null },
});

await runProcess({
  name: 'traced',
  load: () => ({ logLevel: 'debug' }),
  async start() {
    const service = { service: 'traced', version: '1.2.3' };
    const app = createServiceApp({
      ...service,
      environment: 'test',
      logger: createLogger({ ...service, level: 'debug' }),
      metrics: createMetrics(service),
      health: createHealth({ ...service, clock }),
      clock,
      ids,
      endpoints: [
        endpoint<typeof open, string>(open, {
          run: ({ params }) => Promise.resolve(params.id),
          respond: (id) => ({ status: 200, body: { id } }),
        }),
        endpoint<typeof closed, undefined>(closed, {
          run: () => Promise.resolve(undefined),
          respond: () => ({ status: 204 }),
        }),
      ],
    });
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    say({ url: server.url });
    return server;
  },
});
