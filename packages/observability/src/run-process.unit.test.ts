import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { runProcess } from './run-process.ts';
import type { ProcessHost } from './run-process.ts';

class FakeHost extends EventEmitter {
  exitCode: number | undefined;
  connected: boolean;
  readonly errors: string[] = [];
  readonly exits: number[] = [];
  readonly stdout = new EventEmitter();
  readonly stderr = Object.assign(new EventEmitter(), { write: (text: string) => this.errors.push(text) });

  constructor(connected = false) {
    super();
    this.connected = connected;
  }

  exit(code: number): void {
    this.exits.push(code);
    this.emit('exited');
  }

  disconnect(): void {
    this.connected = false;
  }
}

const asHost = (host: FakeHost) => host as unknown as ProcessHost;
const nothing = { close: () => Promise.resolve() };

describe('runProcess', () => {
  let lines: { message: string; level: string; version: string }[];
  beforeEach(() => {
    lines = [];
    // where the console transport of the logger writes to
    jest.spyOn(console, 'log').mockImplementation((line: string) => lines.push(JSON.parse(line)));
    const { _stdout: stdout } = console as unknown as { _stdout?: { write: (line: string) => boolean } };
    if (stdout) jest.spyOn(stdout, 'write').mockImplementation((line: string) => lines.push(JSON.parse(line)) > 0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  async function run(host: FakeHost, definition: Partial<Parameters<typeof runProcess>[0]> = {}): Promise<void> {
    await runProcess(
      { name: 'trip', load: () => ({}), start: () => Promise.resolve(nothing), ...definition },
      asHost(host),
    );
  }
  const ended = async (host: FakeHost) => {
    while (!lines.some(({ message }) => message === 'ended')) await new Promise((resolve) => setImmediate(resolve));
    return host.exitCode;
  };

  test.each(['SIGTERM', 'SIGINT'])('at the first %s, closes in order and ends with 0', async (signal) => {
    const host = new FakeHost();
    let closed = 0;
    await run(host, { start: () => Promise.resolve({ close: () => Promise.resolve(void (closed += 1)) }) });
    host.emit(signal);
    expect(await ended(host)).toBe(0);
    expect({ closed, exits: host.exits }).toEqual({ closed: 1, exits: [] });
  });

  test('at a second signal, ends at once', async () => {
    const host = new FakeHost();
    await run(host, { start: () => Promise.resolve({ close: () => new Promise(() => undefined) }) });
    host.emit('SIGTERM');
    host.emit('SIGTERM');
    expect(host.exits).toEqual([143]);
  });

  test('when closing takes longer than its grace, ends by force with 1', async () => {
    const host = new FakeHost();
    const exited = once(host, 'exited');
    await run(host, { graceMs: 20, start: () => Promise.resolve({ close: () => new Promise(() => undefined) }) });
    host.emit('SIGTERM');
    await exited;
    expect(host.exits).toEqual([1]);
    expect(lines.map(({ message }) => message)).toContain('the process did not end in time');
  });

  test('when closing fails, says so and ends with 1', async () => {
    const host = new FakeHost();
    await run(host, { start: () => Promise.resolve({ close: () => Promise.reject(new Error('stuck')) }) });
    host.emit('SIGTERM');
    expect(await ended(host)).toBe(1);
  });

  test('with a refused configuration, prints each problem and ends with 78 without starting', async () => {
    const host = new FakeHost();
    let started = false;
    await run(host, {
      load: () => {
        const fields = [
          { pointer: 'PORT', detail: 'must be a number' },
          { pointer: 'DATABASE_URL', detail: 'must be set' },
        ];
        throw new AppError('CONFIG_INVALID', 'invalid', 'no', { fields });
      },
      start: () => {
        started = true;
        return Promise.resolve(nothing);
      },
    });
    expect(host.errors.join('')).toBe('PORT: must be a number\nDATABASE_URL: must be set\n');
    expect({ code: host.exitCode, started }).toEqual({ code: 78, started: false });
  });

  test.each([
    [new AppError('ENGINE_UNREACHABLE', 'internal', 'no database'), 69],
    [new AppError('PORT_UNAVAILABLE', 'unavailable', 'in use'), 69],
    [new AppError('STORE_NOT_DURABLE', 'invalid', 'PostgreSQL may lose acknowledged writes: fsync=off'), 78],
    [new AppError('KEY_BROKEN', 'internal', 'no key'), 1],
    [new Error('anything'), 1],
  ])('when starting fails with %s, says it in one line and ends with %d', async (error, code) => {
    const host = new FakeHost();
    await run(host, { start: () => Promise.reject(error) });
    expect(host.errors).toEqual([`trip: could not start: ${error.message}\n`]);
    expect(host.exitCode).toBe(code);
  });

  test.each(['uncaughtException', 'unhandledRejection'])('at an %s, closes and ends with 1', async (event) => {
    const host = new FakeHost();
    const state = { closed: false };
    await run(host, {
      load: () => ({ version: '1.2.3', logLevel: 'error' }),
      start: () => Promise.resolve({ close: () => Promise.resolve(void (state.closed = true)) }),
    });
    host.emit(event, 'not even an error');
    while (!state.closed) await new Promise((resolve) => setImmediate(resolve));
    expect(host.exitCode).toBe(1);
    expect(lines).toMatchObject([{ level: 'fatal', version: '1.2.3' }]);
  });

  test('when it crashes while it ends, ends with 1 all the same', async () => {
    const host = new FakeHost();
    const closing = Promise.withResolvers<undefined>();
    await run(host, { start: () => Promise.resolve({ close: () => closing.promise }) });
    host.emit('SIGTERM');
    host.emit('unhandledRejection', new Error('late'));
    closing.resolve(undefined);
    expect(await ended(host)).toBe(1);
  });

  test('when the parent is gone, closes and lets go of the channel', async () => {
    const host = new FakeHost(true);
    await run(host);
    host.stdout.emit('error', new Error('EPIPE'));
    host.emit('disconnect');
    expect(await ended(host)).toBe(0);
    expect(host.connected).toBe(false);
  });

  test('at a signal while it is still starting, waits for the start and closes what it gave', async () => {
    const host = new FakeHost();
    const started = Promise.withResolvers<{ close(): Promise<void> }>();
    let closed = false;
    const running = run(host, { start: () => started.promise });
    host.emit('SIGTERM');
    started.resolve({ close: () => Promise.resolve(void (closed = true)) });
    await running;
    expect({ closed, code: host.exitCode }).toEqual({ closed: true, code: 0 });
  });
});
