import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSink } from './otlp-sink.ts';

/** Every port of the platform lies between these, before the offset. */
const PORTS = [3_000, 8_000, 8_080, 8_081, 8_082, 8_084, 8_085, 15_432];
const OFFSETS = Array.from({ length: 40 }, (_unused, index) => 11_000 + index * 97);

/** What the teardown, which Jest loads for itself, has to close. */
export interface RunGlobals {
  closeSink?: () => void;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Chooses where the platform of this run will live, and takes its spans; it is started by the first test that asks
 * for it.
 */
export default async function setup(): Promise<void> {
  for (const offset of OFFSETS) {
    const free = await Promise.all(PORTS.map((port) => isFree(port + offset)));
    if (!free.every(Boolean)) continue;
    const dataDir = mkdtempSync(path.join(tmpdir(), 'rideshare-e2e-'));
    const sink = await startSink(path.join(dataDir, 'spans.jsonl'));
    (globalThis as RunGlobals).closeSink = () => {
      sink.close();
    };
    process.env['E2E_PORT_OFFSET'] = String(offset);
    process.env['E2E_DATA_DIR'] = dataDir;
    process.env['E2E_OTLP_ENDPOINT'] = sink.url;
    return;
  }
  throw new Error('no free ports for the platform under test');
}
