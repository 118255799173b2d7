import { rmSync } from 'node:fs';
import type { RunGlobals } from './global-setup.ts';
import { stopPlatform } from './platform.ts';

/** Stops the platform, and fails the run if it leaves anything behind. */
export default async function teardown(): Promise<void> {
  const dataDir = process.env['E2E_DATA_DIR'];
  if (dataDir === undefined) return;
  try {
    await stopPlatform();
  } finally {
    (globalThis as RunGlobals).closeSink?.();
  }
  rmSync(dataDir, { recursive: true, force: true });
}
