import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eligibleUntilOf, endOfDay, hasLapsed, MANDATORY_DOCUMENTS, newestOf } from './documents.ts';
import type { DocumentType, DriverDocument } from './documents.ts';
import { decideExpiry, decideReview, decideSubmission, evolve, verificationAt } from './driver.ts';
import type { Driver, DriverEvent } from './driver.ts';

const at = new Date('2026-06-01T12:00:00.000Z');
const registered: Driver = {
  id: 'driver-1',
  version: 1,
  vehicle: { make: 'Seat', model: 'Ibiza', year: 2021, plate: 'AA-00-BB', color: 'red', class: 'economy' },
  registeredAt: at,
  documents: [],
};
const number = { last4: '6789', hash: 'hash' };

function submit(driver: Driver, documentId: string, type: DocumentType, more: { at?: Date; expiresOn?: string } = {}) {
  const command = { documentId, type, number, expiresOn: '2027-01-31', at, autoApprove: false, ...more };
  return decideSubmission(driver, command).reduce(evolve, driver);
}

function review(driver: Driver, documentId: string, decision: 'approve' | 'reject', reviewedAt = at) {
  return decideReview(driver, { documentId, decision, reason: null, at: reviewedAt }).reduce(evolve, driver);
}

const verified = MANDATORY_DOCUMENTS.reduce(
  (driver, type) => review(submit(driver, type, type), type, 'approve'),
  registered,
);

describe('decideSubmission', () => {
  it('given a document that expired yesterday, refuses and points at the field', () => {
    expect(() => submit(registered, 'doc', 'insurance', { expiresOn: '2026-05-31' })).toThrow(
      expect.objectContaining({
        code: 'DOCUMENT_ALREADY_EXPIRED',
        fields: [expect.objectContaining({ pointer: '/expiresOn' })],
      }),
    );
  });

  it('where nobody reviews, approves in a change of its own', () => {
    const events = decideSubmission(registered, {
      documentId: 'doc',
      type: 'insurance',
      number,
      expiresOn: '2026-06-01',
      at,
      autoApprove: true,
    });
    expect(events.map(({ type }) => type)).toEqual(['document_submitted', 'document_reviewed']);
    expect(events.reduce(evolve, registered)).toMatchObject({
      version: 3,
      documents: [{ id: 'doc', state: 'approved', reviewedAt: at }],
    });
  });
});

describe('a resubmission', () => {
  it('after a rejection, takes the place of the rejected document', () => {
    const rejected = review(submit(registered, 'one', 'insurance'), 'one', 'reject');
    expect(submit(rejected, 'two', 'insurance').documents).toMatchObject([{ id: 'two', state: 'pending' }]);
  });

  it('while a document waits, takes its place, and the earlier one can no longer be reviewed', () => {
    const twice = submit(submit(registered, 'one', 'insurance'), 'two', 'insurance');
    expect(twice.documents.map(({ id }) => id)).toEqual(['two']);
    expect(() => review(twice, 'one', 'approve')).toThrow(expect.objectContaining({ code: 'DOCUMENT_NOT_FOUND' }));
  });

  it('of an approved document, leaves that in force until the renewal is approved', () => {
    const renewing = submit(verified, 'new', 'insurance', { at: new Date(+at + 1), expiresOn: '2028-01-31' });
    expect(eligibleUntilOf(renewing.documents)).toEqual(endOfDay('2027-01-31'));
    expect(verificationAt(renewing, at)).toBe('pending');
    const renewed = review(renewing, 'new', 'approve');
    expect(renewed.documents.filter(({ type }) => type === 'insurance')).toMatchObject([{ id: 'new' }]);
    expect(verificationAt(renewed, at)).toBe('verified');
  });

  it('of an approved document that is rejected, leaves nothing in force', () => {
    const renewing = submit(verified, 'new', 'insurance', { at: new Date(+at + 1) });
    const rejected = review(renewing, 'new', 'reject');
    expect(eligibleUntilOf(rejected.documents)).toBeNull();
    expect(verificationAt(rejected, at)).toBe('rejected');
  });
});

describe('decideReview', () => {
  it('of a document that was decided, refuses', () => {
    for (const decision of ['approve', 'reject'] as const) {
      expect(() => review(verified, 'insurance', decision)).toThrow(
        expect.objectContaining({ code: 'DOCUMENT_TRANSITION_NOT_ALLOWED' }),
      );
    }
  });

  it('approving a document that lapsed while it waited, refuses; rejecting it does not', () => {
    const waiting = submit(registered, 'doc', 'insurance', { expiresOn: '2026-06-01' });
    const tomorrow = new Date('2026-06-02T00:00:00.000Z');
    expect(() => review(waiting, 'doc', 'approve', tomorrow)).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_TRANSITION_NOT_ALLOWED' }),
    );
    expect(review(waiting, 'doc', 'reject', tomorrow).documents).toMatchObject([{ state: 'rejected' }]);
  });
});

describe('decideExpiry', () => {
  it('after the last day, expires what was approved and keeps when it was reviewed', () => {
    const events = decideExpiry(verified, new Date('2027-02-01T00:00:00.000Z'));
    expect(events).toHaveLength(3);
    const expired = events.reduce(evolve, verified);
    expect(expired.documents).toMatchObject([
      { state: 'expired', reviewedAt: at },
      { state: 'expired' },
      { state: 'expired' },
    ]);
    expect(verificationAt(expired, at)).toBe('expired');
  });

  it('before that, finds nothing to do', () => {
    expect(decideExpiry(verified, new Date('2027-01-31T23:59:59.999Z'))).toEqual([]);
  });
});

describe('any history of a driver', () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('submit' as const),
      type: fc.constantFrom<DocumentType>('driving_license', 'vehicle_registration', 'insurance'),
      validDays: fc.integer({ min: 0, max: 30 }),
      autoApprove: fc.boolean(),
    }),
    fc.record({ do: fc.constant('review' as const), pick: fc.nat(5), decision: fc.constantFrom('approve', 'reject') }),
    fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 0, max: 20 }) }),
  );
  const DAY_MS = 86_400_000;

  function apply(driver: Driver, decide: () => DriverEvent[]): Driver {
    try {
      return decide().reduce(evolve, driver);
    } catch (error) {
      expect(error).toMatchObject({ name: 'AppError' });
      return driver;
    }
  }

  function holds(driver: Driver, now: Date): void {
    for (const type of MANDATORY_DOCUMENTS) {
      const own = driver.documents.filter((each) => each.type === type);
      const count = (state: DriverDocument['state']) => own.filter((each) => each.state === state).length;
      expect(count('pending')).toBeLessThanOrEqual(1);
      expect(count('approved')).toBeLessThanOrEqual(1);
    }
    const until = eligibleUntilOf(driver.documents);
    if (verificationAt(driver, now) === 'verified') expect(until && until > now).toBe(true);
    if (until && until > now) {
      for (const type of MANDATORY_DOCUMENTS) {
        expect(
          driver.documents.some((each) => each.type === type && each.state === 'approved' && !hasLapsed(each, now)),
        ).toBe(true);
        expect(newestOf(driver.documents, type)?.state).not.toBe('rejected');
      }
    }
  }

  it('keeps one pending and one approved document of a type, and eligibility agrees with the documents', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let driver = registered;
        let now = at;
        let submitted = 0;
        for (const each of steps) {
          const before = driver.version;
          if (each.do === 'wait') {
            now = new Date(+now + each.days * DAY_MS);
            driver = apply(driver, () => decideExpiry(driver, now));
          } else if (each.do === 'submit') {
            submitted += 1;
            now = new Date(+now + 1);
            driver = apply(driver, () =>
              decideSubmission(driver, {
                documentId: `doc-${String(submitted)}`,
                type: each.type,
                number,
                expiresOn: new Date(+now + each.validDays * DAY_MS).toISOString().slice(0, 10),
                at: now,
                autoApprove: each.autoApprove,
              }),
            );
          } else {
            const document = driver.documents[each.pick];
            const decision = each.decision === 'approve' ? 'approve' : 'reject';
            if (document) {
              driver = apply(driver, () =>
                decideReview(driver, { documentId: document.id, decision, reason: null, at: now }),
              );
            }
          }
          expect(driver.version).toBeGreaterThanOrEqual(before);
          holds(driver, now);
        }
      }),
    );
  });
});
