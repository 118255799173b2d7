import { isAppError, toError } from '@rideshare/kernel';
import { flushTelemetry } from './flush.ts';
import { createLogger, type Level, type Logger } from './logger.ts';
import { withinMs } from './deadline.ts';

/** What a process runs. */
export interface ProcessDefinition<Config> {
  readonly name: string;
  readonly load: () => Config;
  readonly start: (config: Config) => Promise<{ close(): Promise<void> }>;
  /** How long an orderly end may take; below the 30 s after which an orchestrator kills. */
  readonly graceMs?: number;
}

const EXIT = { ok: 0, crash: 1, unavailable: 69, configuration: 78 } as const;
const SIGNALS = [
  ['SIGTERM', 15],
  ['SIGINT', 2],
] as const;
const GRACE_MS = 25_000;
const FLUSH_MS = 3_000;
const LEVELS: ReadonlySet<unknown> = new Set<Level>(['debug', 'info', 'warn', 'error', 'fatal']);

function isLevel(value: unknown): value is Level {
  return LEVELS.has(value);
}

/** The process's own logger: version and level are taken from the configuration where it has them. */
function loggerFor(name: string, config: unknown): Logger {
  const { version, logLevel } = Object(config) as { readonly version?: unknown; readonly logLevel?: unknown };
  return createLogger({
    service: name,
    version: typeof version === 'string' ? version : '0.0.0',
    level: isLevel(logLevel) ? logLevel : 'info',
  });
}

/** What of a process is used here; tests hand in their own. */
export type ProcessHost = Pick<NodeJS.Process, 'on' | 'exit'> &
  Partial<Pick<NodeJS.Process, 'connected' | 'disconnect'>> & {
    exitCode?: NodeJS.Process['exitCode'];
    readonly stdout: Pick<NodeJS.WriteStream, 'on'>;
    readonly stderr: Pick<NodeJS.WriteStream, 'on' | 'write'>;
  };

/** Tells on stderr, in lines for people, why the process could not start; answers its exit code. */
function explainRefusal(name: string, thrown: unknown, { stderr }: ProcessHost): number {
  const error = toError(thrown);
  if (isAppError(error) && error.code === 'CONFIG_INVALID') {
    for (const { pointer, detail } of error.fields) stderr.write(`${pointer}: ${detail}\n`);
    return EXIT.configuration;
  }
  stderr.write(`${name}: could not start: ${error.message}\n`);
  // the server's own configuration loses what it acknowledges; starting again does not mend that either
  if (isAppError(error) && error.code === 'STORE_NOT_DURABLE') return EXIT.configuration;
  const isUnavailable = isAppError(error) && (error.code === 'ENGINE_UNREACHABLE' || error.kind === 'unavailable');
  return isUnavailable ? EXIT.unavailable : EXIT.crash;
}

/** The running process and the way it ends. */
interface Run {
  logger: Logger;
  starting: Promise<{ close(): Promise<void> } | undefined>;
  ending: Promise<void> | undefined;
}

async function finish(run: Run, exitCode: number, graceMs: number, host: ProcessHost): Promise<void> {
  host.exitCode = exitCode;
  // the only exit by force: something that does not close must not keep a process alive that was told to go
  setTimeout(() => {
    run.logger.fatal('the process did not end in time', { graceMs });
    host.exit(EXIT.crash);
  }, graceMs).unref();
  try {
    // what failed to start has nothing left to close
    const running = await run.starting.catch(() => undefined);
    await running?.close();
  } catch (error) {
    run.logger.error('closing failed', { error });
    host.exitCode = EXIT.crash;
  }
  await withinMs(FLUSH_MS, flushTelemetry).catch((error: unknown) => run.logger.warn('spans were lost', { error }));
  run.logger.info('ended', { exitCode: host.exitCode });
  // an open channel to the parent would keep the event loop busy
  if (host.connected === true) host.disconnect?.();
}

/**
 * Runs a service as this process: loads its configuration, starts it, and closes it when asked to end.
 *
 * @remarks The first SIGTERM or SIGINT, or the loss of the parent's channel, closes in order; a second signal ends at
 * once. Exit codes: 0 after an orderly end, 78 for a refused configuration, the store's included, 69 when an engine cannot
 * be reached at the start, 1 for a crash and for an end that took longer than `graceMs`.
 */
export async function runProcess<Config>(
  definition: ProcessDefinition<Config>,
  host: ProcessHost = process,
): Promise<void> {
  const { name, graceMs = GRACE_MS } = definition;
  const run: Run = { logger: loggerFor(name, undefined), starting: Promise.resolve(undefined), ending: undefined };
  const end = (reason: string, exitCode: number): void => {
    if (run.ending && exitCode !== EXIT.ok) host.exitCode = exitCode;
    if (!run.ending) run.logger.info('ending', { reason });
    run.ending ??= finish(run, exitCode, graceMs, host);
  };
  const crash = (what: string) => (thrown: unknown) => {
    run.logger.fatal(what, { error: toError(thrown) });
    end(what, EXIT.crash);
  };
  for (const [signal, number] of SIGNALS) {
    host.on(signal, () => {
      if (run.ending) host.exit(128 + number);
      end(signal, EXIT.ok);
    });
  }
  host.on('uncaughtException', crash('an exception nobody caught'));
  host.on('unhandledRejection', crash('a rejection nobody handled'));
  // the runner that reads our lines may be gone before us: its end of the pipe is then no reason to crash
  for (const stream of [host.stdout, host.stderr]) stream.on('error', () => undefined);
  if (host.connected === true) host.on('disconnect', () => end('parent gone', EXIT.ok));
  try {
    const config = definition.load();
    run.logger = loggerFor(name, config);
    run.starting = definition.start(config);
    await run.starting;
  } catch (error) {
    const exitCode = explainRefusal(name, error, host);
    if (exitCode !== EXIT.configuration) run.logger.fatal('could not start', { error: toError(error) });
    end('start failed', exitCode);
  }
  await run.ending;
}
