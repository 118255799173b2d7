import { describe, expect, it } from '@jest/globals';
import { commands, eventsAfter, START, tripIn } from '../../test/support/builders.ts';
import { evolve, fold } from './evolve.ts';

describe('evolve', () => {
  const events = eventsAfter(
    commands.request(),
    commands.accept(),
    commands.arrive(),
    commands.start(),
    commands.complete(),
  );

  it('refuses an event that cannot follow, which only a defect can have stored', () => {
    const [requested, accepted, arrived, started, completed] = events;
    expect(() => evolve(tripIn('requested'), requested!)).toThrow('a trip is requested once');
    expect(() => evolve(undefined, accepted!)).toThrow('a trip begins with its request');
    expect(() => evolve(tripIn('arrived'), accepted!)).toThrow('accepted cannot follow arrived');
    expect(() => evolve(tripIn('requested'), arrived!)).toThrow('arrived cannot follow requested');
    expect(() => evolve(tripIn('accepted'), started!)).toThrow('started cannot follow accepted');
    expect(() => evolve(tripIn('arrived'), completed!)).toThrow('completed cannot follow arrived');
    expect(() => evolve(tripIn('accepted'), { type: 'expired', at: START })).toThrow('expired cannot follow accepted');
    const rated = { type: 'rated', at: START, by: 'rider', rating: { stars: 1, tags: [], comment: null } } as const;
    expect(() => evolve(tripIn('accepted'), rated)).toThrow('a rating cannot follow accepted');
    const twice = evolve(tripIn('completed'), rated);
    expect(() => evolve(twice, rated)).toThrow('the rider has rated already');
    const cancelled = {
      type: 'cancelled',
      at: START,
      from: 'accepted',
      by: 'rider',
      reason: '-',
      fee: { amount: 0, currency: 'EUR' },
    } as const;
    expect(() => evolve(tripIn('requested'), cancelled)).toThrow(
      'a cancellation from accepted cannot follow requested',
    );
  });

  it('folds no events to no trip', () => {
    expect(fold([])).toBeUndefined();
  });
});
