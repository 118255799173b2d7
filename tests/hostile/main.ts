/**
 * `yarn test:hostile [--requests 100000] [--seed 1]`: requests made up from the OpenAPI document by Schemathesis, against a platform of its own.
 *
 * Rounds follow one another, each with another seed, until the gateway has counted as many requests as were asked for: as a rider, a driver, somebody with
 * every role, and nobody; with ids of theirs and with ids that nothing has. Exit codes: 0 nothing found, 1 findings, 64 arguments.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeCast } from '../e2e/support/cast.ts';
import type { Cast } from '../e2e/support/cast.ts';
import { createForger } from '../e2e/support/forge.ts';
import setup from '../e2e/support/global-setup.ts';
import teardown from '../e2e/support/global-teardown.ts';
import { startPlatform } from '../e2e/support/platform.ts';
import { policies } from '../e2e/support/policy.ts';
import type { Platform } from '../e2e/support/platform.ts';
import { installSchemathesis, runRound } from './schemathesis.ts';
import type { Round } from './schemathesis.ts';
import { readTraffic } from './traffic.ts';

const AT_ONCE = 2;
/** Requests for each route in a round, at the most; a short run makes short rounds. */
const EXAMPLES_MAX = 60;
const ROUNDS_MIN = 8;
const RETRY_EXAMPLES = 30;
const DAY_S = 24 * 60 * 60;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Ids that belong to the first ride, for the paths in which they mean something. */
function idsOf({ rides: [ride] }: Cast): Round['ids'] {
  return {
    '^/api/users/': { id: ride.rider.id },
    '^/api/drivers/\\{id\\}/documents/': { id: ride.driver.id, documentId: ride.documentId },
    '^/api/drivers/\\{id\\}(?!/documents/)': { id: ride.driver.id },
    '^/api/trips/\\{id\\}/offers': { id: ride.tripId, offerId: ride.offerId },
    '^/api/trips/\\{id\\}(?!/offers)': { id: ride.tripId },
    '^/api/payments/\\{id\\}': { id: ride.paymentId },
    '^/api/payments/methods/': { id: ride.methodId },
  };
}

/** Endless: every principal with its own ids and with made-up ones, and then again with other seeds. */
function* roundsOf(
  platform: Platform,
  cast: Cast,
  { firstSeed, requests }: { readonly firstSeed: number; readonly requests: number },
): Generator<Round> {
  const perRoute = Math.ceil(requests / ROUNDS_MIN / policies.length);
  const examples = Math.min(EXAMPLES_MAX, perRoute);
  const [ride] = cast.rides;
  const { valid } = createForger(platform);
  const exp = Math.floor(Date.now() / 1000) + DAY_S;
  const operator = cast.principals.find(({ name }) => name === 'admin')?.person ?? ride.rider;
  const tokens: readonly (readonly [string, string | undefined])[] = [
    ['a rider', valid(ride.rider.id, { exp })],
    ['a driver', valid(ride.driver.id, { exp, roles: ['rider', 'driver'] })],
    ['an operator', valid(operator.id, { exp, roles: ['rider', 'driver', 'support', 'admin'] })],
    ['nobody', undefined],
  ];
  for (let seed = firstSeed; ;) {
    for (const [who, token] of tokens) {
      for (const [what, ids] of [
        ['ids of a ride', idsOf(cast)],
        ['made-up ids', {}],
      ] as const) {
        yield { name: `${who}, ${what}`, token, ids, seed, examples };
        seed += 1;
      }
    }
  }
}

interface Tally {
  readonly findings: string[];
  readonly slow: Set<string>;
}

async function send(platform: Platform, command: string, rounds: Iterator<Round>, requests: number): Promise<Tally> {
  const folder = path.join(platform.dataDir, 'hostile');
  mkdirSync(folder, { recursive: true });
  const tally: Tally = { findings: [], slow: new Set() };
  const before = await readTraffic(platform.gateway);
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent < requests) {
      const round = rounds.next().value as Round;
      const { passed, report } = await runRound(command, platform.gateway, folder, round);
      const now = await readTraffic(platform.gateway);
      sent = now.requests - before.requests;
      say(`${String(sent)} requests: seed ${String(round.seed)}, ${round.name}: ${passed ? 'passed' : 'FAILED'}`);
      if (!passed) {
        writeFileSync(path.join(folder, `${String(round.seed)}.txt`), report);
        tally.findings.push(`seed ${String(round.seed)}, ${round.name}:\n${report}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const after = await readTraffic(platform.gateway);
  for (const [route, count] of after.slow) if (count > (before.slow.get(route) ?? 0)) tally.slow.add(route);
  say(`${String(sent)} requests, ${String(after.failures - before.failures)} answered with 500 or more`);
  return tally;
}

/** A machine that stands still makes anything slow once: only what is slow again counts. */
async function askAgain(
  platform: Platform,
  command: string,
  round: Round,
  slow: ReadonlySet<string>,
): Promise<string[]> {
  const found: string[] = [];
  const folder = path.join(platform.dataDir, 'hostile');
  for (const route of slow) {
    const before = await readTraffic(platform.gateway);
    const only = `^${route.replaceAll(/[{}.]/g, String.raw`\$&`)}$`;
    await runRound(command, platform.gateway, folder, { ...round, only, examples: RETRY_EXAMPLES });
    const after = await readTraffic(platform.gateway);
    const again = (after.slow.get(route) ?? 0) - (before.slow.get(route) ?? 0);
    say(`${route}: slower than 2 s, then ${String(again)} times of ${String(after.requests - before.requests)}`);
    if (again > 1) found.push(`${route} is slower than 2 s again and again`);
  }
  return found;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  });
  const [requests, seed] = [Number(values.requests), Number(values.seed)];
  if (!Number.isInteger(requests) || requests < 1 || !Number.isInteger(seed)) {
    process.stderr.write('--requests and --seed are whole numbers\n');
    return 64;
  }
  const command = await installSchemathesis();
  // a hundred thousand requests a run are more than any person's limit; nobody looks at their spans
  process.env['RATE_LIMIT_MULTIPLIER'] = '1000000';
  process.env['OTEL_TRACES_SAMPLER_ARG'] = '0';
  await setup();
  try {
    const platform = await startPlatform();
    const cast = await makeCast(platform);
    const rounds = roundsOf(platform, cast, { firstSeed: seed, requests });
    const { findings, slow } = await send(platform, command, rounds, requests);
    findings.push(...(await askAgain(platform, command, rounds.next().value as Round, slow)));
    for (const finding of findings) say(`\n${finding}`);
    say(findings.length === 0 ? 'nothing found' : `${String(findings.length)} rounds or routes with findings`);
    return findings.length === 0 ? 0 : 1;
  } finally {
    await teardown();
  }
}

process.exit(await main());
