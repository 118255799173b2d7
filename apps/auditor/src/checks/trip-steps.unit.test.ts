import { describe, expect, it } from '@jest/globals';
import { history, RIDE } from '../../test/support/trip-file.ts';
import { assigneeProblems, statusAfter, stepProblems } from './trip-steps.ts';

const riding = RIDE.slice(0, 4);
const by = (actor: string) => ['cancelled', { by: actor }] as const;

describe('stepProblems', () => {
  it.each([
    ['a finished ride, rated by both', [...RIDE, 'rated', ['rated', { by: 'driver' }] as const]],
    ['a ride under way', riding],
    ['a wish that was withdrawn', ['requested', 'cancelled']],
    ['a search without success', ['requested', 'expired']],
    ['a ride that an operator ended', [...riding, by('admin')]],
  ])('passes %s', (_name, steps) => {
    expect(stepProblems({ events: history(...steps) })).toEqual([]);
  });

  it.each([
    [
      'a step that is not allowed',
      ['requested', 'accepted', 'completed'],
      'completed at version 3 is not allowed from accepted',
    ],
    [
      'a second acceptance',
      ['requested', 'accepted', 'accepted'],
      'accepted at version 3 is not allowed from accepted',
    ],
    ['a life after the end', ['requested', 'expired', 'accepted'], 'accepted at version 3 is not allowed from expired'],
    [
      'an event that nobody knows',
      ['requested', 'teleported'],
      'teleported at version 2 is not allowed from requested',
    ],
    ['a ride that its rider ended', [...riding, by('rider')], 'only an operator cancels a ride, not the rider'],
    [
      'a ride that nobody ended',
      [...riding, ['cancelled', { by: null }] as const],
      'only an operator cancels a ride, not the unknown',
    ],
    [
      'a driver who cancels what they do not have',
      ['requested', by('driver')],
      'a driver cancels only a trip that they have',
    ],
    ['a second rating of one side', [...RIDE, 'rated', 'rated'], 'one side has rated twice'],
  ])('finds %s', (_name, steps, problem) => {
    expect(stepProblems({ events: history(...steps) })).toEqual([problem]);
  });

  it('finds a gap', () => {
    const events = history('requested', 'accepted').map((event) => ({ ...event, version: event.version * 2 - 1 }));
    expect(stepProblems({ events })).toEqual(['version 2 is missing']);
  });
});

describe('assigneeProblems', () => {
  it('counts acceptances', () => {
    expect(assigneeProblems({ events: history(...RIDE) })).toEqual([]);
    expect(assigneeProblems({ events: history('requested', 'accepted', ['accepted', { driverId: 'other' }]) })).toEqual(
      [expect.stringMatching(/^was accepted 2 times, by .*, other$/)],
    );
  });
});

describe('statusAfter', () => {
  it.each([
    [[], 'none'],
    [['requested', 'unheard of'], 'requested'],
    [[...RIDE, 'rated'], 'completed'],
  ])('of %p is %s', (types, status) => {
    expect(statusAfter(types.map((type) => ({ type })))).toBe(status);
  });
});
