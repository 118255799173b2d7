import { beforeEach, describe, expect, it } from '@jest/globals';
import { fakeClock } from '@rideshare/testing';
import fc from 'fast-check';
import { createLiveHistory } from './live-history.ts';
import { LiveStreams } from './live-streams.ts';
import type { StreamSink } from './ports.ts';

function fakeSink(): StreamSink & { text: string; state: string; bufferedBytes: number } {
  return {
    text: '',
    state: 'open',
    bufferedBytes: 0,
    write(text) {
      this.text += text;
    },
    end(text) {
      this.text += text;
      this.state = 'ended';
    },
    cut() {
      this.state = 'cut';
    },
  };
}

function setUp(clock = fakeClock()) {
  const ended: string[] = [];
  const sent: string[] = [];
  const signals = { sent: (event: string) => sent.push(event), ended: (reason: string) => ended.push(reason) };
  const history = createLiveHistory({ clock });
  const streams = new LiveStreams({ clock, history, signals });
  const open = (userId: string, lastEventId?: string, ttlMs = 900_000) => {
    const sink = fakeSink();
    const expiresAt = new Date(clock.now().getTime() + ttlMs);
    return { sink, leave: streams.open({ userId, expiresAt, lastEventId }, sink) };
  };
  const send = (offset: number, userIds = ['a'], lane = 't0') =>
    streams.send({ lane, offset, appendedAt: clock.now(), event: 'trip.updated', data: { offset } }, userIds);
  return { clock, ended, sent, history, streams, open, send };
}

const shown = (text: string) => [...text.matchAll(/^data: \{"offset":(\d+)\}$/gm)].map(([, offset]) => Number(offset));
const lastId = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1];

describe('LiveStreams', () => {
  let stage: ReturnType<typeof setUp>;
  beforeEach(() => {
    stage = setUp();
  });

  it('before it has caught up, sends old hints to those who resume and to nobody else', () => {
    const fresh = stage.open('a').sink;
    const back = stage.open('a', 't0.1').sink;
    stage.send(1);
    stage.send(2);
    expect(shown(fresh.text)).toEqual([]);
    expect(shown(back.text)).toEqual([2]);
    expect(lastId(fresh.text)).toBeUndefined();
    stage.streams.markCaughtUp();
    expect(lastId(fresh.text)).toBe('t0.2');
    stage.send(3);
    expect(shown(fresh.text)).toEqual([3]);
    expect(shown(back.text)).toEqual([2, 3]);
  });

  it('of a client that was ahead, does not show again what it knows, for a minute', () => {
    stage.streams.markCaughtUp();
    const { sink } = stage.open('a', 't0.5');
    stage.send(4);
    stage.send(5);
    stage.send(6);
    expect(shown(sink.text)).toEqual([6]);
    stage.clock.advance(61_000);
    stage.streams.tick();
    stage.send(2); // a log that began anew
    expect(shown(sink.text)).toEqual([6, 2]);
  });

  it('silent for 15 s, says where the client stands', () => {
    stage.streams.markCaughtUp();
    const { sink } = stage.open('a');
    stage.send(7, ['b']);
    stage.clock.advance(14_000);
    stage.streams.tick();
    expect(lastId(sink.text)).toBeUndefined();
    stage.clock.advance(1_000);
    stage.streams.tick();
    expect(sink.text.endsWith(':\nid: t0.7\n\n')).toBe(true);
  });

  it('cuts a client that does not read, and counts it once', () => {
    stage.streams.markCaughtUp();
    const { sink, leave } = stage.open('a');
    sink.bufferedBytes = 70_000;
    stage.send(1);
    leave();
    expect([sink.state, stage.ended, stage.streams.count]).toEqual(['cut', ['slow'], 0]);
    expect(stage.sent).toEqual([]);
  });

  it('ends a stream with its token', () => {
    const { sink } = stage.open('a', undefined, 1_000);
    stage.clock.advance(1_000);
    stage.streams.tick();
    expect([sink.state, stage.ended]).toEqual(['ended', ['token_expired']]);
  });

  it('keeps eight of a person', () => {
    const sinks = Array.from({ length: 9 }, () => stage.open('a').sink);
    expect(sinks.map(({ state }) => state)).toEqual(['ended', ...Array.from({ length: 8 }, () => 'open')]);
    expect(stage.ended).toEqual(['too_many']);
  });

  it('closed, ends what is open and what comes', () => {
    const { sink } = stage.open('a');
    stage.streams.closeAll();
    const late = stage.open('b').sink;
    expect([sink.state, late.state, stage.streams.count]).toEqual(['ended', 'ended', 0]);
    expect(late.text).toMatch(/^retry: \d+\n\n$/);
  });

  it('forgets after five minutes, and keeps a thousand of a person', () => {
    for (let offset = 0; offset < 1_005; offset += 1) stage.send(offset);
    expect(stage.history.missed('a', new Map())).toHaveLength(1_000);
    stage.clock.advance(200_000);
    stage.send(2_000);
    stage.clock.advance(100_000);
    stage.streams.tick();
    expect(stage.history.missed('a', new Map()).map(({ offset }) => offset)).toEqual([2_000]);
    stage.clock.advance(300_000);
    stage.streams.tick();
    expect(stage.history.people).toBe(0);
    stage.streams.send({ lane: 't0', offset: 1, appendedAt: new Date(0), event: 'e', data: {} }, ['a']);
    expect(stage.history.people).toBe(0);
  });

  it('resumed anywhere, in whatever order partitions were read, shows everything once', () => {
    const lanes = ['t0', 't1', 'd0'];
    const records = lanes.flatMap((lane, index) =>
      Array.from({ length: 5 }, (_, offset) => ({ lane, offset, value: index * 100 + offset })),
    );
    // an interleaving is a list of lanes; within a lane the order is fixed
    const interleavings = fc.shuffledSubarray(
      records.map(({ lane }) => lane),
      { minLength: records.length },
    );
    const read = (order: readonly string[]) => {
      const next = new Map<string, number>();
      return order.map((lane) => {
        const offset = next.get(lane) ?? 0;
        next.set(lane, offset + 1);
        return records.find((each) => each.lane === lane && each.offset === offset)!;
      });
    };
    fc.assert(
      fc.property(interleavings, interleavings, fc.nat(14), fc.nat(15), (orderA, orderB, left, ahead) => {
        const clock = fakeClock();
        const seen: number[] = [];
        const gateways = [orderA, orderB].map((order) => ({ ...setUp(clock), records: read(order) }));
        const [a, b] = gateways as [(typeof gateways)[number], (typeof gateways)[number]];
        const pass = (gateway: typeof a, from: number, until: number) => {
          for (const { lane, offset, value } of gateway.records.slice(from, until)) {
            gateway.streams.send({ lane, offset, appendedAt: clock.now(), event: 'e', data: { offset: value } }, ['p']);
          }
        };
        a.streams.markCaughtUp();
        b.streams.markCaughtUp();
        const first = a.open('p').sink;
        pass(a, 0, left + 1);
        seen.push(...shown(first.text));
        pass(b, 0, ahead);
        const second = b.open('p', lastId(first.text)).sink;
        pass(b, ahead, records.length);
        seen.push(...shown(second.text));
        expect(seen.toSorted((x, y) => x - y)).toEqual(records.map(({ value }) => value).toSorted((x, y) => x - y));
      }),
    );
  });
});
