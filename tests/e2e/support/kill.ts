import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './client.ts';
import type { Platform } from './platform.ts';

/** The process of a service: a child of the runner that was started under its name. */
export function pidOf(platform: Platform, service: string): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, rest = ''] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ');
      const parent = Number(rest.split(' ')[1]);
      if (parent !== platform.pid) continue;
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      if (environment.includes(`SERVICE_NAME=${service}`)) return Number(name);
    } catch {
      // it ended while it was looked at
    }
  }
  return undefined;
}

/** Kills the process of a service as a power cut would, does what has to follow, and waits for its runner's next one. */
export async function crash(
  platform: Platform,
  service: string,
  then: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const pid = await eventually(`a process of ${service}`, () => Promise.resolve(pidOf(platform, service)));
  process.kill(pid, 'SIGKILL');
  await then();
  await eventually(`another process of ${service}`, () => {
    const next = pidOf(platform, service);
    return Promise.resolve(next === undefined || next === pid ? undefined : next);
  });
}
