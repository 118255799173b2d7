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

/** Tells on stderr, in lines for people, why the process could not start; answers its exit code. */
function explainRefusal(name: string, thrown: unknown): number {
  const error = toError(thrown);
  if (isAppError(error) && error.code === 'CONFIG_INVALID') {
    for (const { pointer, detail } of error.fields) process.stderr.write(`${pointer}: ${detail}\n`);
    return EXIT.configuration;
  }
  process.stderr.write(`${name}: could not start: ${error.message}\n`);
  const isUnavailable = isAppError(error) && (error.code === 'ENGINE_UNREACHABLE' || error.kind === 'unavailable');
  return isUnavailable ? EXIT.unavailable : EXIT.crash;
}

/**
 * Runs a service as this process: loads its configuration, starts it, and closes it when asked to end.
 *
 * @remarks The first SIGTERM or SIGINT, or the loss of the parent's channel, closes in order; a second signal ends at
 * once. Exit codes: 0 after an orderly end, 78 for a refused configuration, 69 when an engine cannot be reached at the
 * start, 1 for a crash and for an end that took longer than `graceMs`.
 */
export async function runProcess<Config>(definition: ProcessDefinition<Config>): Promise<void> {
  const { name, graceMs = GRACE_MS } = definition;
  let logger = loggerFor(name, undefined);
  let starting: Promise<{ close(): Promise<void> } | undefined> = Promise.resolve(undefined);
  let ending: Promise<void> | undefined;

  const finish = async (exitCode: number): Promise<void> => {
    process.exitCode = exitCode;
    // the only exit by force: something that does not close must not keep a process alive that was told to go
    setTimeout(() => {
      logger.fatal('the process did not end in time', { graceMs });
      process.exit(EXIT.crash);
    }, graceMs).unref();
    try {
      const running = await starting.catch(() => undefined);
      await running?.close();
    } catch (error) {
      logger.error('closing failed', { error });
      process.exitCode = EXIT.crash;
    }
    await withinMs(FLUSH_MS, flushTelemetry).catch((error: unknown) => logger.warn('spans were lost', { error }));
    logger.info('ended', { exitCode: process.exitCode });
    // an open channel to the parent would keep the event loop busy
    if (process.connected) process.disconnect();
  };
  const end = (reason: string, exitCode: number): void => {
    if (!ending) logger.info('ending', { reason });
    ending ??= finish(exitCode);
  };
  const crash = (what: string) => (thrown: unknown) => {
    logger.fatal(what, { error: toError(thrown) });
    end(what, EXIT.crash);
  };

  installHandlers({ end, crash, isEnding: () => ending !== undefined });
  try {
    const config = definition.load();
    logger = loggerFor(name, config);
    starting = definition.start(config);
    await starting;
  } catch (error) {
    const exitCode = explainRefusal(name, error);
    if (exitCode !== EXIT.configuration) logger.fatal('could not start', { error: toError(error) });
    end('start failed', exitCode);
  }
  await ending;
}

function installHandlers(handlers: {
  readonly end: (reason: string, exitCode: number) => void;
  readonly crash: (what: string) => (thrown: unknown) => void;
  readonly isEnding: () => boolean;
}): void {
  const { end, crash, isEnding } = handlers;
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGINT', 2],
  ] as const) {
    process.on(signal, () => {
      if (isEnding()) process.exit(128 + number);
      end(signal, EXIT.ok);
    });
  }
  process.on('uncaughtException', crash('an exception nobody caught'));
  process.on('unhandledRejection', crash('a rejection nobody handled'));
  // the runner that reads our lines may be gone before us: its end of the pipe is then no reason to crash
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  if (process.connected) process.once('disconnect', () => end('parent gone', EXIT.ok));
}
