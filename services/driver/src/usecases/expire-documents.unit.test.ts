import { describe, expect, it } from '@jest/globals';
import { createOperation } from '@rideshare/kernel/system';
import { expireDocuments } from './expire-documents.ts';

function world(due: readonly string[], broken: readonly string[]) {
  const changed: string[] = [];
  const failures: string[] = [];
  return {
    ...{ changed, failures },
    deps: {
      drivers: {
        withLapsedDocuments: async () => due,
        change: async (_operation: unknown, driverId: string) => {
          if (broken.includes(driverId)) throw new Error(`${driverId} is broken`);
          changed.push(driverId);
        },
      } as unknown as Parameters<typeof expireDocuments>[0]['drivers'],
      begin: () => createOperation({ seed: 'seed', at: new Date(0) }),
      signals: {
        documentReviewed: () => undefined,
        failed: (step: string, error: Error) => void failures.push(`${step}: ${error.message}`),
      },
    },
  };
}

describe('expireDocuments', () => {
  it('with a driver that fails, goes on to those behind and tells of it', async () => {
    const { deps, changed, failures } = world(['d-1', 'd-2', 'd-3'], ['d-2']);
    expect(await expireDocuments(deps)).toBe(false);
    expect(changed).toEqual(['d-1', 'd-3']);
    expect(failures).toEqual(['document expiry: d-2 is broken']);
  });

  it('after a full batch, asks to be called again unless nothing could be done', async () => {
    const due = Array.from({ length: 200 }, (_, index) => `d-${String(index)}`);
    expect(await expireDocuments(world(due, []).deps)).toBe(true);
    expect(await expireDocuments(world(due, due).deps)).toBe(false);
  });
});
