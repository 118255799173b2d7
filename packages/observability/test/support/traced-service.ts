/**
 * A small service for the test of the preload: `GET /trips/:id` asks PostgreSQL and calls its own `GET /echo`.
 * Spans that the console exporter prints become lines of JSON.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createLogger, currentTraceId, runProcess } from '@rideshare/observability';
import express from 'express';
import pg from 'pg';

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
console.dir = (span: object) => say({ span });

const isWrapped = (method: unknown): boolean => typeof method === 'function' && '__wrapped' in method;

await runProcess({
  name: 'traced',
  load: () => ({ version: '1.2.3', logLevel: 'info' }),
  async start() {
    const logger = createLogger({ service: 'traced', version: '1.2.3', level: 'info' });
    const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
    const app = express();
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    app.get('/trips/:id', async (request, response) => {
      const { rows } = await pool.query<{ id: string }>('select $1::text as id', [request.params.id]);
      logger.info('handled');
      const echo = await fetch(`${url}/echo?lat=41.15`);
      response.json({ id: rows[0]?.id, traceId: currentTraceId(), echoed: await echo.json() });
    });
    app.get('/echo', (request, response) => {
      response.json(request.headers['traceparent'] ?? null);
    });
    app.get('/health/live', (_request, response) => {
      response.json({});
    });
    say({
      url,
      wrapped: { query: isWrapped(pg.Client.prototype.query), use: isWrapped(express.Router.prototype.use) },
    });
    return {
      async close() {
        server.close();
        server.closeAllConnections();
        await pool.end();
      },
    };
  },
});
