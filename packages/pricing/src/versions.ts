import { AppError, assert } from '@rideshare/kernel';

/** Configuration that is never edited: a change is a new version, and stored amounts name the one they came from. */
export interface Versioned {
  readonly version: string;
  readonly cityId: string;
  /** RFC 3339; in force from this instant until a later version of the same city begins. */
  readonly validFrom: string;
}

/** The entry of that version. */
export function byVersion<Entry extends Versioned>(entries: readonly Entry[], version: string, code: string): Entry {
  const found = entries.find((entry) => entry.version === version);
  if (!found) throw new AppError(code, 'internal', `there is no version ${JSON.stringify(version)}`);
  return found;
}

/** The entry of that city in force at `at`. */
export function inForce<Entry extends Versioned>(
  entries: readonly Entry[],
  cityId: string,
  at: Date,
  code: string,
): Entry {
  const instantMs = at.getTime();
  assert(!Number.isNaN(instantMs), 'a version is looked up at a valid time');
  const begun = entries
    .filter((entry) => entry.cityId === cityId && Date.parse(entry.validFrom) <= instantMs)
    .toSorted((a, b) => Date.parse(b.validFrom) - Date.parse(a.validFrom))[0];
  if (!begun) throw new AppError(code, 'internal', `nothing is in force in ${JSON.stringify(cityId)} at that time`);
  return begun;
}
