import { describe, expect, it } from '@jest/globals';
import { eligibleUntilOf, endOfDay, hasLapsed, MANDATORY_DOCUMENTS, verificationOf } from './documents.ts';
import type { DocumentType, DriverDocument } from './documents.ts';

const noon = new Date('2026-06-01T12:00:00.000Z');

function document(type: DocumentType, more: Partial<DriverDocument> = {}): DriverDocument {
  return {
    id: `${type}-1`,
    type,
    state: 'approved',
    numberLast4: '1234',
    numberHash: 'hash',
    expiresOn: '2027-01-31',
    submittedAt: noon,
    reviewedAt: noon,
    reason: null,
    ...more,
  };
}

const complete = MANDATORY_DOCUMENTS.map((type) => document(type));
const withInsurance = (more: Partial<DriverDocument>) =>
  complete.map((each) => (each.type === 'insurance' ? { ...each, ...more } : each));

describe('hasLapsed', () => {
  it('in the last millisecond of the last day, says no; in the next one, yes', () => {
    const insurance = document('insurance', { expiresOn: '2026-06-01' });
    expect(hasLapsed(insurance, new Date('2026-06-01T23:59:59.999Z'))).toBe(false);
    expect(hasLapsed(insurance, new Date('2026-06-02T00:00:00.000Z'))).toBe(true);
  });
});

describe('verificationOf', () => {
  it.each([
    ['no documents', [], 'incomplete'],
    ['two of three', complete.slice(1), 'incomplete'],
    ['all approved', complete, 'verified'],
    ['one pending', withInsurance({ state: 'pending' }), 'pending'],
    ['one rejected', withInsurance({ state: 'rejected' }), 'rejected'],
    ['one expired', withInsurance({ state: 'expired' }), 'expired'],
    ['one approved whose last day is over', withInsurance({ expiresOn: '2026-05-31' }), 'expired'],
    ['an optional one rejected', [...complete, document('profile_photo', { state: 'rejected' })], 'verified'],
    [
      'a renewal that waits beside the one in force',
      [...complete, document('insurance', { id: 'insurance-2', state: 'pending', submittedAt: new Date(+noon + 1) })],
      'pending',
    ],
  ] as const)('given %s, says so', (_situation, documents, expected) => {
    expect(verificationOf(documents, noon)).toBe(expected);
  });
});

describe('eligibleUntilOf', () => {
  it('given approved documents, is the end of the day on which the first one lapses', () => {
    expect(eligibleUntilOf(withInsurance({ expiresOn: '2026-12-31' }))).toEqual(endOfDay('2026-12-31'));
    expect(endOfDay('2026-12-31')).toEqual(new Date('2027-01-01T00:00:00.000Z'));
  });

  it('given a renewal that waits, counts the document still in force', () => {
    const renewal = document('insurance', { id: 'insurance-2', state: 'pending', submittedAt: new Date(+noon + 1) });
    expect(eligibleUntilOf([...complete, renewal])).toEqual(endOfDay('2027-01-31'));
  });

  it.each(['pending', 'rejected', 'expired'] as const)('given a mandatory document that is %s, is never', (state) => {
    expect(eligibleUntilOf(withInsurance({ state }))).toBeNull();
    expect(eligibleUntilOf(complete.slice(0, 2))).toBeNull();
  });
});
