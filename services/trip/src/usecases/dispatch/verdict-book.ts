import { elapsedMs } from '../../domain/timestamp.ts';
import type { Timestamp } from '../../domain/timestamp.ts';
import type { VerdictRecord } from '../ports.ts';

/** A trip that nobody takes is judged four times a second; what is kept of it is written at once, then ever less often. */
const FIRST_PAUSE_MS = 5_000;
const PAUSE_MAX_MS = 40_000;
/** Drivers that are kept one by one for each trip; the others are counted together by gate. */
const DRIVERS_PER_TRIP_MAX = 25;
/** Written with one window; what is left follows with the next. */
const DRAINED_MAX = 2_000;

/** Why a driver was passed over, as a window found it. */
export interface Verdict {
  readonly tripId: string;
  readonly driverId: string;
  readonly gate: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Drivers that a window passed over for the same reason. */
export interface Crowd {
  readonly tripId: string;
  readonly gate: string;
  readonly drivers: number;
}

interface Entry {
  record: VerdictRecord;
  writtenAt: Timestamp | null;
  pauseMs: number;
}

interface TripPage {
  readonly drivers: Set<string>;
  readonly entries: Map<string, Entry>;
  closed: boolean;
}

/** Adds verdicts up in memory, so that the store hears of each driver and gate now and then, not in every window. */
export interface VerdictBook {
  note(verdict: Verdict, at: Timestamp): void;
  /** Drivers that were not judged one by one; a window counts as one time, however many they were. */
  noteCrowd(crowd: Crowd, at: Timestamp): void;
  /** The trip no longer waits: what is left of it is due at once. */
  close(tripId: string): void;
  /** What is to be written now; it is counted from nothing again. */
  drain(at: Timestamp): readonly VerdictRecord[];
}

/** An empty book. */
export function createVerdictBook(): VerdictBook {
  const pages = new Map<string, TripPage>();
  const pageOf = (tripId: string): TripPage => {
    const page = pages.get(tripId) ?? { drivers: new Set(), entries: new Map<string, Entry>(), closed: false };
    pages.set(tripId, page);
    return page;
  };
  return {
    note({ tripId, driverId, gate, detail }, at) {
      const page = pageOf(tripId);
      const isKept = page.drivers.has(driverId) || page.drivers.size < DRIVERS_PER_TRIP_MAX;
      if (isKept) page.drivers.add(driverId);
      // what was found of one driver says nothing of several
      add(page, isKept ? { tripId, driverId, gate, detail } : { tripId, driverId: null, gate, detail: {} }, at);
    },
    noteCrowd({ tripId, gate, drivers }, at) {
      add(pageOf(tripId), { tripId, driverId: null, gate, detail: { drivers } }, at);
    },
    close(tripId) {
      const page = pages.get(tripId);
      if (page) page.closed = true;
    },
    drain(at) {
      const due: VerdictRecord[] = [];
      for (const [tripId, page] of pages) {
        for (const entry of page.entries.values()) {
          if (due.length === DRAINED_MAX) return due;
          if (entry.record.times === 0 || !(page.closed || isDue(entry, at))) continue;
          due.push(entry.record);
          if (entry.writtenAt !== null) entry.pauseMs = Math.min(PAUSE_MAX_MS, 2 * entry.pauseMs);
          entry.writtenAt = at;
          entry.record = { ...entry.record, times: 0 };
        }
        if (page.closed) pages.delete(tripId);
      }
      return due;
    },
  };
}

function add(
  { entries }: TripPage,
  found: Pick<VerdictRecord, 'tripId' | 'driverId' | 'gate' | 'detail'>,
  at: Timestamp,
): void {
  const key = `${found.driverId ?? 'others'} ${found.gate}`;
  const entry = entries.get(key);
  if (entry) entry.record = { ...entry.record, ...found, times: entry.record.times + 1, lastAt: at };
  else {
    const record = { ...found, times: 1, firstAt: at, lastAt: at };
    entries.set(key, { record, writtenAt: null, pauseMs: FIRST_PAUSE_MS });
  }
}

function isDue({ writtenAt, pauseMs }: Entry, at: Timestamp): boolean {
  return writtenAt === null || elapsedMs(writtenAt, at) >= pauseMs;
}
