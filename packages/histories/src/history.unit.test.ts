import { describe, expect, it } from '@jest/globals';
import { callsOf, contendedKeys, makeRecorder, monotonicUs } from './index.ts';
import type { Entry } from './index.ts';

const entry = (type: Entry['type'], process: string, atUs: number, more: Partial<Entry> = {}): Entry => ({
  ...{ type, process, atUs, key: 'k', operation: 'read' },
  ...more,
});

describe('callsOf', () => {
  it('pairs beginnings with ends, by process, in the order of the beginnings', () => {
    const calls = callsOf([
      entry('invoke', 'a', 1, { value: 'in' }),
      entry('invoke', 'b', 2),
      entry('ok', 'b', 3, { value: 'out' }),
      entry('fail', 'a', 4),
      entry('invoke', 'b', 5),
      entry('info', 'b', 6, { value: 'timed out' }),
      entry('invoke', 'c', 7),
    ]);
    expect(calls).toMatchObject([
      { index: 0, process: 'a', outcome: 'fail', input: 'in', answer: undefined, invokedUs: 1, answeredUs: 4 },
      { index: 1, process: 'b', outcome: 'ok', answer: 'out', invokedUs: 2, answeredUs: 3 },
      { index: 2, process: 'b', outcome: 'info', answer: undefined, answeredUs: Infinity },
      { index: 3, process: 'c', outcome: 'info', answeredUs: Infinity },
    ]);
  });

  it.each([
    [
      'a second call of a busy process',
      [entry('invoke', 'a', 1), entry('invoke', 'a', 2)],
      'still busy with read of k',
    ],
    [
      'a call of a process that may be busy',
      [entry('invoke', 'a', 1), entry('info', 'a', 2), entry('invoke', 'a', 3)],
      'may still be busy',
    ],
    ['an end of nothing', [entry('ok', 'a', 1)], 'entry 1: a has nothing to end with ok'],
    [
      'an end of another call',
      [entry('invoke', 'a', 1), entry('ok', 'a', 2, { key: 'l' })],
      'began read of k and ended read of l',
    ],
    ['an end before its beginning', [entry('invoke', 'a', 2), entry('ok', 'a', 1)], 'ended before it began'],
  ])('refuses %s', (_name, entries, message) => {
    expect(() => callsOf(entries)).toThrow(
      expect.objectContaining({ code: 'HISTORY_INVALID', message: expect.stringContaining(message) }),
    );
  });
});

describe('contendedKeys', () => {
  it('names the keys on which calls overlapped', () => {
    const calls = callsOf([
      entry('invoke', 'a', 1, { key: 'calm' }),
      entry('ok', 'a', 2, { key: 'calm' }),
      entry('invoke', 'a', 3, { key: 'calm' }),
      entry('ok', 'a', 4, { key: 'calm' }),
      entry('invoke', 'a', 5, { key: 'busy' }),
      entry('invoke', 'b', 6, { key: 'busy' }),
      entry('ok', 'b', 7, { key: 'busy' }),
      entry('ok', 'a', 8, { key: 'busy' }),
    ]);
    expect(contendedKeys(calls)).toEqual(['busy']);
  });
});

describe('makeRecorder', () => {
  it('records a call and its answer, and hands the answer on', async () => {
    const sunk: Entry[] = [];
    const recorder = makeRecorder({ nowUs: () => 7, sink: (each) => sunk.push(each) });
    const client = recorder.process('a');
    const recorded = { key: 'k', operation: 'read', input: { of: 1 } };
    expect(await client.call({ ...recorded, run: () => Promise.resolve(42) })).toBe(42);
    expect(recorder.entries).toEqual([
      { type: 'invoke', process: 'a', key: 'k', operation: 'read', value: { of: 1 }, atUs: 7 },
      { type: 'ok', process: 'a', key: 'k', operation: 'read', value: 42, atUs: 8 },
    ]);
    expect(sunk).toEqual(recorder.entries);
  });

  it('records what its client makes of an answer, and goes on as somebody else when that is nothing', async () => {
    const recorder = makeRecorder();
    const client = recorder.process('a');
    const run = (status: number) =>
      client.call({
        ...{ key: 'k', operation: 'read', input: null },
        run: () => Promise.resolve(status),
        judge: (is) => (is === 200 ? { type: 'ok', value: is } : is === 429 ? { type: 'fail' } : { type: 'info' }),
      });
    await run(503);
    await run(429);
    await run(200);
    expect(recorder.entries.map(({ process, type }) => `${process} ${type}`)).toEqual([
      ...['a invoke', 'a info', 'a#2 invoke', 'a#2 fail', 'a#2 invoke', 'a#2 ok'],
    ]);
    expect(callsOf(recorder.entries)).toHaveLength(3);
  });

  it('records a failure as unknown unless its client knows better, and throws it on', async () => {
    const recorder = makeRecorder();
    const client = recorder.process('a');
    const failing = { key: 'k', operation: 'read', input: null, run: () => Promise.reject(new Error('no')) };
    await expect(client.call(failing)).rejects.toThrow('no');
    await expect(client.call({ ...failing, judgeError: () => ({ type: 'fail' }) })).rejects.toThrow('no');
    expect(callsOf(recorder.entries).map(({ outcome }) => outcome)).toEqual(['info', 'fail']);
  });

  it('records as unknown what its client cannot judge, or what did not even begin', async () => {
    const recorder = makeRecorder();
    const client = recorder.process('a');
    const asked = { key: 'k', operation: 'read', input: null };
    const judge = (): never => {
      throw new Error('no judgement');
    };
    await expect(client.call({ ...asked, run: () => Promise.resolve(1), judge })).rejects.toThrow('no judgement');
    const run = (): never => {
      throw new Error('no beginning');
    };
    await expect(client.call({ ...asked, run })).rejects.toThrow('no beginning');
    expect(callsOf(recorder.entries).map(({ outcome, process }) => `${process} ${outcome}`)).toEqual([
      'a info',
      'a#2 info',
    ]);
  });

  it('never gives one time twice', async () => {
    const recorder = makeRecorder();
    const [a, b] = [recorder.process('a'), recorder.process('b')];
    const quick = { key: 'k', operation: 'read', input: null, run: () => Promise.resolve(1) };
    for (let round = 0; round < 50; round += 1) await Promise.all([a.call(quick), b.call(quick)]);
    const times = recorder.entries.map(({ atUs }) => atUs);
    expect(new Set(times).size).toBe(200);
    expect(times).toEqual(times.toSorted((x, y) => x - y));
    expect(monotonicUs()).toBeGreaterThanOrEqual(times[0]!);
  });
});
