import { readFileSync } from 'node:fs';
import path from 'node:path';
import { baseVars, defineConfig, envText, envUrl } from '@rideshare/config';
import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';

/** What the command line asks for. */
export interface Flags {
  readonly trips?: string;
  readonly limit?: number;
  readonly skipBad?: boolean;
  readonly drivers: number;
  readonly riders: number;
  readonly speed: number;
  readonly seed: number;
  readonly rate: number;
  readonly duration: number;
  readonly forever?: boolean;
  readonly behaviour: 'real' | 'calm';
  readonly verify: 'at-once' | 'afterwards';
  readonly report?: string;
  readonly journal?: string;
  readonly url?: string;
}

function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(`a whole number from ${String(from)} to ${String(to)} is wanted.`);
  };
}

function positiveNumber(text: string): number {
  const value = /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new InvalidArgumentError('a number above 0 is wanted.');
}

/** The command line of the simulator. */
export function createProgram(): Command {
  return new Command('simulate')
    .description('Riders and drivers of a city, on the public API of a running platform.')
    .option('--trips <file>', 'demand from a CSV of recorded taxi trips, folded onto one day')
    .option('--limit <rows>', 'only the first rows of the file', wholeNumber(1, 999_999_999))
    .option('--skip-bad', 'count rows that cannot be read instead of stopping at the first')
    .option('--drivers <count>', 'drivers at work', wholeNumber(1, 5_000), 40)
    .option('--riders <count>', 'riders signed up beforehand; more follow as needed', wholeNumber(0, 50_000), 0)
    .option('--speed <factor>', 'city seconds in one second: compresses arrivals and driving', positiveNumber, 60)
    .option('--seed <number>', 'the same seed makes the same decisions', wholeNumber(0, 999_999_999), 1)
    .option('--rate <trips>', 'generated demand, in wishes per city minute', positiveNumber, 1)
    .option('--duration <seconds>', 'generated demand ends after these real seconds', wholeNumber(1, 86_400), 600)
    .option('--forever', 'generated demand never ends; Ctrl-C does')
    .addOption(
      new Option('--behaviour <kind>', 'calm: every offer is taken and every ride finished')
        .choices(['real', 'calm'])
        .default('real'),
    )
    .addOption(
      new Option('--verify <when>', 'rides are checked against the platform as they end, or after the last one')
        .choices(['at-once', 'afterwards'])
        .default('at-once'),
    )
    .option('--report <file>', 'write the report as JSON, too')
    .option('--journal <file>', 'append what every request was told, for the auditor')
    .option('--url <url>', 'the gateway; by default that of the platform running here')
    .allowExcessArguments(false);
}

/** The environment of the simulator. */
export const simulatorConfig = defineConfig({
  vars: {
    LOG_LEVEL: baseVars.LOG_LEVEL,
    GATEWAY_URL: envUrl().optional(),
    RIDESHARE_DATA_DIR: envText('.data'),
    ADMIN_EMAIL: envText('admin@rideshare.local'),
    ADMIN_PASSWORD: envText('local-admin-only'),
  },
  build: (values) => ({
    gatewayUrl: values.GATEWAY_URL,
    dataDir: values.RIDESHARE_DATA_DIR,
    administrator: { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD },
  }),
});

const runSchema = z.object({ ports: z.object({ gateway: z.int() }), pid: z.int() });

/** The gateway to talk to; `undefined` where no platform runs. */
export function findGateway(
  flags: Pick<Flags, 'url'>,
  config: ReturnType<typeof simulatorConfig.load>,
  root: string,
): string | undefined {
  const given = flags.url ?? config.gatewayUrl;
  if (given !== undefined) return given.replace(/\/$/, '');
  try {
    const run = runSchema.parse(JSON.parse(readFileSync(path.resolve(root, config.dataDir, 'run.json'), 'utf8')));
    process.kill(run.pid, 0);
    return `http://127.0.0.1:${String(run.ports.gateway)}`;
  } catch {
    // no file, a broken one, or one of a runner that is gone: nothing runs
    return undefined;
  }
}
