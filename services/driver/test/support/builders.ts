import type { Operation } from '@rideshare/kernel';
import { createOperation, systemIds } from '@rideshare/kernel/system';
import { MANDATORY_DOCUMENTS } from '../../src/domain/documents.ts';
import type { DocumentType } from '../../src/domain/documents.ts';
import { decideSubmission } from '../../src/domain/driver.ts';
import type { Driver } from '../../src/domain/driver.ts';
import type { Reservation, Stores } from '../../src/usecases/ports.ts';

export const LASTING_MS = 3_600_000;

export const uuid = (): string => systemIds.next();

export function begin<Result = unknown>(at = new Date()): Operation<Result> {
  return createOperation<Result>({ seed: systemIds.next(), at });
}

export function reservation(driverId: string, more: Partial<Reservation> = {}): Reservation {
  return {
    driverId,
    tripId: uuid(),
    offerId: uuid(),
    riderId: uuid(),
    ttlMs: 60_000,
    pickup: { lat: 41.15, lng: -8.61 },
    destination: { lat: 41.16, lng: -8.63 },
    fare: { amount: 1_250, currency: 'EUR' },
    earnings: { amount: 1_000, currency: 'EUR' },
    pickupEtaS: 240,
    ...more,
  };
}

/** One that does not run out while others are looked at, however slow the machine; longer than the API allows. */
export function lastingReservation(driverId: string, more: Partial<Reservation> = {}): Reservation {
  return reservation(driverId, { ttlMs: LASTING_MS, ...more });
}

export const VEHICLE = {
  make: 'Seat',
  model: 'Ibiza',
  year: 2021,
  plate: 'AA-00-BB',
  color: 'red',
  class: 'economy',
} as const;
export const LICENSE = { last4: '1234', hash: 'hash' };

/** Papers as they are handed in; approved at once. */
export interface Papers {
  readonly expiresOn?: string;
  /** When they were handed in: papers of long ago may have lapsed since. */
  readonly at?: Date;
}

/** What a driver decides who hands in a document that is approved at once. */
export function handIn(driver: Driver, documentId: string, paper: { type: DocumentType } & Required<Papers>) {
  return decideSubmission(driver, { documentId, number: LICENSE, autoApprove: true, ...paper });
}

/** Drivers who have come as far as a test needs them. */
export interface Recruits {
  newDriver(): Promise<string>;
  /** A driver whose documents are approved, offline. */
  verifiedDriver(papers?: Papers): Promise<string>;
  /** A driver who may be offered trips, in state `available`. */
  availableDriver(papers?: Papers): Promise<string>;
}

export function recruiting(
  { drivers, slots }: Pick<Stores, 'drivers' | 'slots'>,
  start: <Result>() => Operation<Result>,
): Recruits {
  const newDriver = async (): Promise<string> => {
    const driverId = uuid();
    await drivers.register(start(), { driverId, license: LICENSE, vehicle: VEHICLE });
    return driverId;
  };
  const verifiedDriver: Recruits['verifiedDriver'] = async (papers = {}) => {
    const driverId = await newDriver();
    for (const type of MANDATORY_DOCUMENTS) {
      const operation = start();
      const paper = { type, expiresOn: papers.expiresOn ?? '2099-12-31', at: papers.at ?? operation.at };
      await drivers.change(
        operation,
        driverId,
        (driver) => ({ events: handIn(driver, operation.id('document'), paper) }),
        () => undefined,
      );
    }
    return driverId;
  };
  return {
    newDriver,
    verifiedDriver,
    async availableDriver(papers) {
      const driverId = await verifiedDriver(papers);
      const available = { outcome: 'change', to: 'available', reason: 'went_available' } as const;
      await slots.setStatus(start(), driverId, () => available);
      return driverId;
    },
  };
}
