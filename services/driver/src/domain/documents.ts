// The documents of a driver.
//
//   submitted → pending → approved → expired
//                       ↘ rejected
//
// A resubmission is a new document. It takes the place of an earlier one of its type at once, unless that one is
// approved: an approved document stays in force until the newer one has been reviewed, so that a renewal handed in on
// time does not take its driver off the road. The review decides for both, whichever way it goes.

export type DocumentType =
  'driving_license' | 'vehicle_registration' | 'insurance' | 'profile_photo' | 'background_check';
export type DocumentState = 'pending' | 'approved' | 'rejected' | 'expired';
export type Verification = 'incomplete' | 'pending' | 'verified' | 'rejected' | 'expired';

/** Without all of these, approved and unexpired, nobody is offered a trip. */
export const MANDATORY_DOCUMENTS: readonly DocumentType[] = ['driving_license', 'vehicle_registration', 'insurance'];

/** One submitted document that no later one has replaced. */
export interface DriverDocument {
  readonly id: string;
  readonly type: DocumentType;
  readonly state: DocumentState;
  readonly numberLast4: string;
  /** Keyed hash of the whole number, which itself is not kept. */
  readonly numberHash: string;
  /** The last day of validity, `YYYY-MM-DD` in UTC. */
  readonly expiresOn: string;
  readonly submittedAt: Date;
  readonly reviewedAt: Date | null;
  readonly reason: string | null;
}

const DAY_MS = 86_400_000;

/** The first instant at which a document that expires on `day` is no longer valid. */
export function endOfDay(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00.000Z`) + DAY_MS);
}

/** Whether the last day of validity is over. */
export function hasLapsed(document: Pick<DriverDocument, 'expiresOn'>, at: Date): boolean {
  return endOfDay(document.expiresOn) <= at;
}

/** The latest document of a type; the one that the verification looks at. */
export function newestOf(documents: readonly DriverDocument[], type: DocumentType): DriverDocument | undefined {
  return documents
    .filter((document) => document.type === type)
    .toSorted(byAge)
    .at(-1);
}

/** Orders documents, the oldest first. */
export function byAge(a: DriverDocument, b: DriverDocument): number {
  const ageMs = a.submittedAt.getTime() - b.submittedAt.getTime();
  // two documents of one millisecond can only be told apart by their ids
  return ageMs === 0 ? (a.id < b.id ? -1 : 1) : ageMs;
}

/** How far the onboarding has come: what the newest document of each mandatory type adds up to. */
export function verificationOf(documents: readonly DriverDocument[], at: Date): Verification {
  const states = MANDATORY_DOCUMENTS.map((type) => {
    const newest = newestOf(documents, type);
    return newest?.state === 'approved' && hasLapsed(newest, at) ? 'expired' : newest?.state;
  });
  if (states.includes(undefined)) return 'incomplete';
  if (states.includes('rejected')) return 'rejected';
  if (states.includes('expired')) return 'expired';
  return states.includes('pending') ? 'pending' : 'verified';
}

/** Until when the driver may be offered trips: the first mandatory approved document to lapse; `null` where one lacks. */
export function eligibleUntilOf(documents: readonly DriverDocument[]): Date | null {
  const ends = MANDATORY_DOCUMENTS.map((type) =>
    documents
      .filter((document) => document.type === type && document.state === 'approved')
      .toSorted(byAge)
      .at(-1),
  ).map((document) => (document ? endOfDay(document.expiresOn) : null));
  return ends.reduce((first, end) => (first === null || end === null ? null : end < first ? end : first));
}
