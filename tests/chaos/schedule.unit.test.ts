import { describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { isRolling, makeSchedule, parseSchedule, readSchedule } from './schedule.ts';

const text = (faults: unknown) => JSON.stringify({ seed: 1, rate: 0.5, faults });
const file = (name: string) => path.join(import.meta.dirname, 'schedules', name);

describe('parseSchedule', () => {
  it('puts faults into the order of their times', () => {
    const { faults } = parseSchedule(
      text([
        { atS: 9, kind: 'crash_postgres' },
        { atS: 2, kind: 'stop', target: 'trip', forS: 3 },
      ]),
      'x.json',
    );
    expect(faults.map(({ kind }) => kind)).toEqual(['stop', 'crash_postgres']);
  });

  it.each([
    ['a text that is none', 'nonsense', /x\.json is no JSON: /],
    ['a service that is none', text([{ atS: 1, kind: 'kill', target: 'gatway' }]), /\/faults\/0\/target: .*"gateway"/],
    ['an unknown kind', text([{ atS: 1, kind: 'burn', target: 'trip' }]), /\/faults\/0\/kind: /],
    ['a pause without its length', text([{ atS: 1, kind: 'stop', target: 'trip' }]), /\/faults\/0\/forS: /],
    ['a time before the beginning', text([{ atS: -1, kind: 'kill', target: 'trip' }]), /\/faults\/0\/atS: /],
    ['a member too many', text([{ atS: 1, kind: 'crash_postgres', target: 'trip' }]), /\/faults\/0: .*target/],
    ['nothing to do', text([]), /\/faults: /],
  ])('refuses %s and says where', (_name, wrong, message) => {
    expect(() => parseSchedule(wrong, 'x.json')).toThrow(message);
    expect(() => parseSchedule(wrong, 'x.json')).toThrow(expect.objectContaining({ exitCode: 64 }));
  });

  it('names a file that is not there', () => {
    expect(() => readSchedule('/nowhere.json')).toThrow('/nowhere.json cannot be read');
  });
});

describe('makeSchedule', () => {
  const make = (seed: number) => makeSchedule({ seed, minutes: 60, rate: 0.4 });

  it('makes the same of the same seed, which is a schedule, and another of another', () => {
    expect(make(5)).toEqual(make(5));
    expect(make(5)).not.toEqual(make(6));
    expect(parseSchedule(JSON.stringify(make(5)), 'x')).toEqual(make(5));
  });

  it('has every kind, most of them kills, within its time', () => {
    const { faults } = make(1);
    const kinds = Map.groupBy(faults, ({ kind }) => kind);
    expect([...kinds.keys()].toSorted()).toEqual([
      ...['crash_postgres', 'full_disk', 'kill', 'kill_backends', 'restart', 'stop'],
    ]);
    expect(kinds.get('kill')?.length).toBeGreaterThan(faults.length / 3);
    expect(faults.every(({ atS }) => atS <= 3_600)).toBe(true);
  });
});

describe('the kept schedules', () => {
  it('of every run has twenty kills or more', () => {
    const { faults } = readSchedule(file('ci.json'));
    expect(faults.filter(({ kind }) => kind === 'kill').length).toBeGreaterThanOrEqual(20);
    expect(isRolling({ seed: 1, rate: 1, faults })).toBe(false);
  });

  it('of rolling restarts does nothing else, to every service', () => {
    const schedule = readSchedule(file('rolling.json'));
    expect(isRolling(schedule)).toBe(true);
    const targets = new Set(schedule.faults.map((fault) => ('target' in fault ? fault.target : '')));
    expect([...targets].toSorted()).toEqual(['driver', 'gateway', 'notification', 'payment', 'trip', 'user']);
  });
});
