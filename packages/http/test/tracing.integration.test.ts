import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

interface Line {
  readonly url?: string;
  readonly message?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly span?: {
    readonly id: string;
    readonly traceId: string;
    readonly kind: number;
    readonly attributes: Readonly<Record<string, unknown>>;
  };
}

test('createServiceApp, under the telemetry preload, names the route and the trace of whatever it answers', async () => {
  const { NODE_OPTIONS: _ofJest, ...inherited } = process.env;
  const script = fileURLToPath(new URL('support/traced-app.ts', import.meta.url));
  const preload = ['--conditions=@rideshare/source', '--import', '@rideshare/observability/register'];
  const child = spawn(process.execPath, [...preload, script], {
    env: { ...inherited, OTEL_TRACES_EXPORTER: 'console' },
    cwd: path.join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines: Line[] = [];
  try {
    const url = await new Promise<string>((resolve) => {
      createInterface(child.stdout).on('line', (text) => {
        const line = JSON.parse(text) as Line;
        lines.push(line);
        if (line.url !== undefined) resolve(line.url);
      });
    });
    const ask = async (path: string) => {
      const answer = await fetch(url + path);
      await answer.text();
      return answer;
    };
    const answers = [
      await ask('/api/open/0190a8a0-0000-7000-8000-000000000001'),
      await ask('/api/open/17'),
      await ask('/api/closed'),
    ];
    await ask('/health/live');
    await ask('/metrics');
    child.kill('SIGTERM');
    const [code] = (await ended) as [number | null];

    const spans = lines.flatMap(({ span }) => (span?.kind === 1 ? [span] : []));
    expect(code).toBe(0);
    expect(answers.map(({ status }) => status)).toEqual([200, 422, 401]);
    expect(spans.map(({ attributes }) => attributes['http.route'])).toEqual([
      '/api/open/:id',
      '/api/open/:id',
      '/api/closed',
    ]);
    // what the answer names is the server's span, and so does each line that was logged on the way
    expect(answers.map(({ headers }) => headers.get('traceparent'))).toEqual(
      spans.map(({ traceId, id }) => `00-${traceId}-${id}-01`),
    );
    const refusals = lines.filter(({ message }) => message === 'a request was refused');
    expect(refusals.map(({ trace_id: traceId }) => traceId)).toEqual(spans.slice(1).map(({ traceId }) => traceId));
  } finally {
    child.kill('SIGKILL');
  }
});
