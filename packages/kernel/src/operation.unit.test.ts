import { describe, expect, it } from '@jest/globals';
import { operationFor } from './operation.ts';
import { createOperation, derivedId } from './system/operation.ts';

const recovery = { seed: 'a-seed', at: new Date('2026-03-01T08:30:00.123Z') };
const transaction = { kind: 'fake' };

describe('derivedId', () => {
  it('is the same UUIDv7 for the same seed, time and name, and another for any other', () => {
    const id = derivedId(recovery, 'trip');
    expect(id).toBe(derivedId({ ...recovery }, 'trip'));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedId(recovery, 'event')).not.toBe(id);
    expect(derivedId({ ...recovery, seed: 'other' }, 'trip')).not.toBe(id);
  });

  it('carries its time, so that ids sort by it', () => {
    const milliseconds = Number.parseInt(derivedId(recovery, 'trip').replaceAll('-', '').slice(0, 12), 16);
    expect(milliseconds).toBe(recovery.at.getTime());
  });
});

describe('createOperation', () => {
  it('joins the transaction it was given and has nothing to record of its own', async () => {
    const operation = createOperation(recovery, { transaction });
    expect(operation.transaction).toBe(transaction);
    await expect(operation.seal(transaction, undefined)).resolves.toBeUndefined();
  });
});

describe('operationFor', () => {
  it('seals the command with the result that the step leads to', async () => {
    const sealed: unknown[] = [];
    const operation = createOperation<string>(recovery, {
      transaction,
      seal: (_transaction, result) => {
        sealed.push(result);
        return Promise.resolve();
      },
    });
    const step = operationFor(operation, (count: number) => `counted ${String(count)}`);
    await step.seal(transaction, 3);
    expect(sealed).toEqual(['counted 3']);
    expect(step.id('x')).toBe(operation.id('x'));
    expect(step.transaction).toBe(transaction);
    expect(operationFor(createOperation(recovery), () => undefined).transaction).toBeUndefined();
  });
});
