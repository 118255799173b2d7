import { trace } from '@opentelemetry/api';
import { createLogger as createWinston, format, transports } from 'winston';
import { Writable } from 'node:stream';
import { redact } from './redact.ts';
import { redactText } from './redact-text.ts';

/** How severe a line is; the first is the least. */
export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';
/** What a line says beside its message; an error goes under `error`. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes lines of JSON. Nothing it is given can make it throw. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  fatal(message: string, fields?: Fields): void;
  /** The same logger with `fields` on each of its lines. */
  child(fields: Fields): Logger;
}

const levels: Record<Level, number> = { fatal: 0, error: 1, warn: 2, info: 3, debug: 4 };
const RESERVED: ReadonlySet<string> = new Set('timestamp level message service version splat'.split(' '));

function traceFields(): Record<string, string> {
  const context = trace.getActiveSpan()?.spanContext();
  if (!context) return {};
  return {
    trace_id: context.traceId,
    span_id: context.spanId,
    trace_flags: context.traceFlags.toString(16).padStart(2, '0'),
  };
}

/** Fields of the caller give way to the members that every line has: they go by with an underscore behind the name. */
function withoutReserved(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]),
  );
}

function lineStream(write: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      write(line.trimEnd());
      done();
    },
  });
}

/**
 * A logger that prints one JSON object a line to stdout, or hands it to `write`.
 *
 * @remarks Each line has `timestamp level message service version`, and `trace_id span_id trace_flags` while a span is
 * active. Secrets and personal data are redacted by name and by pattern.
 */
export function createLogger(options: {
  readonly service: string;
  readonly version: string;
  readonly level: Level;
  readonly write?: (line: string) => void;
}): Logger {
  const { service, version, write } = options;
  const winston = createWinston({
    levels,
    level: options.level,
    format: format.json({ deterministic: false }),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- its types declare constructors as interfaces
    transports: write ? new transports.Stream({ stream: lineStream(write), eol: '\n' }) : new transports.Console(),
  });
  const loggerWith = (bound: Fields): Logger => {
    const at = (level: Level) => (message: string, fields?: Fields) => {
      if (!winston.isLevelEnabled(level)) return;
      const own = withoutReserved(redact({ ...bound, ...fields }));
      winston.log({
        timestamp: new Date().toISOString(),
        level,
        message: redactText(message),
        service,
        version,
        ...own,
        ...traceFields(),
      });
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
      child: (fields) => loggerWith({ ...bound, ...fields }),
    };
  };
  return loggerWith({});
}

const nothing = () => undefined;

/** A logger that says nothing, for tests and for tools. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLogger,
};
