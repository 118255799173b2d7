import { Presets, SingleBar } from 'cli-progress';
import type { CityProgress } from './city.ts';
import type { Observations } from './observations.ts';

const LINE_EVERY_MS = 10_000;
const BAR_EVERY_MS = 500;

/** One line on how the city is doing. */
export function summaryLine({ contradictions, tally, waitsS }: Observations, atS: number): string {
  const lastWaits = waitsS.slice(-200).toSorted((a, b) => a - b);
  const median = lastWaits[Math.floor(lastWaits.length / 2)];
  const ended = tally.completed + tally.cancelled + tally.expired;
  return [
    `${atS.toFixed(0)} s`,
    `${String(tally.requested)} requested`,
    `${String(tally.requested - ended)} under way`,
    `${String(tally.completed)} completed`,
    `${String(tally.cancelled)} cancelled`,
    `${String(tally.expired)} expired`,
    `${String(tally.refused)} refused`,
    median === undefined ? 'no waits yet' : `median wait ${median.toFixed(1)} s`,
    `${String(contradictions.length)} contradictions`,
  ].join(' · ');
}

/** A bar on a terminal, a line now and then elsewhere. */
export function showProgress(
  observations: Observations,
  total: number | undefined,
  out: NodeJS.WriteStream,
): CityProgress & { end(): void } {
  const startedAt = performance.now();
  const line = () => summaryLine(observations, (performance.now() - startedAt) / 1000);
  const format = '{bar} {value}/{total} wishes · {line}';
  const bar =
    out.isTTY && total !== undefined ? new SingleBar({ format, stream: out }, Presets.shades_classic) : undefined;
  let wishes = 0;
  bar?.start(total ?? 0, 0, { line: '' });
  const timer = setInterval(
    () => {
      if (bar) bar.update(wishes, { line: line() });
      else out.write(`${line()}\n`);
    },
    bar ? BAR_EVERY_MS : LINE_EVERY_MS,
  );
  timer.unref();
  return {
    signedUp(done, of) {
      if (!bar && (done === of || done % 50 === 0)) out.write(`${String(done)} of ${String(of)} drivers signed up\n`);
    },
    begun() {
      if (!bar) out.write('the city begins\n');
    },
    wished(count) {
      wishes = count;
    },
    end() {
      clearInterval(timer);
      if (bar) bar.update(wishes, { line: line() });
      bar?.stop();
    },
  };
}
