import { describe, expect, it } from '@jest/globals';
import { eventCatalogue } from '@rideshare/contracts';
import { compareToContract } from './compare.ts';

const id = '019c0000-0000-7000-8000-000000000001';
const envelope = {
  id,
  type: 'user.deactivated',
  version: 1,
  stream: `user:${id}`,
  sequence: 1,
  occurredAt: '2026-03-01T12:00:00.000Z',
  source: 'user',
  correlationId: id,
  causationId: id,
  data: { userId: id, by: 'self' },
};
const compare = (changes: object) => compareToContract({ ...envelope, ...changes }, eventCatalogue);

describe('compareToContract', () => {
  it('with an event as it should be, finds nothing', () => {
    expect(compare({})).toEqual([]);
  });

  it('with an envelope that cannot be read, points at what is wrong with it', () => {
    expect(compare({ sequence: -1, id: 'x' }).map(({ pointer }) => pointer)).toEqual(['/id', '/sequence']);
    expect(compareToContract(null, eventCatalogue)).toMatchObject([{ pointer: '/' }]);
  });

  it('with a type or a version that is not declared, says so', () => {
    expect(compare({ type: 'user.vanished' })).toEqual([{ pointer: '/type', problem: 'no such event is declared' }]);
    expect(compare({ version: 9 })).toEqual([{ pointer: '/version', problem: 'declared are: 1' }]);
  });

  it('with data that breaks the contract, points into the data', () => {
    expect(compare({ data: { userId: 7, by: 'nobody' } }).map(({ pointer }) => pointer)).toEqual([
      '/data/userId',
      '/data/by',
    ]);
  });

  it('with members that the contract does not know, names each', () => {
    expect(compare({ data: { userId: id, by: 'self', reason: 'moved' } })).toEqual([
      { pointer: '/data/reason', problem: 'the contract does not know this member' },
    ]);
  });
});
