import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import type { CsvError } from 'csv-parse';
import { z } from 'zod';
import type { RecordedTrip } from './demand.ts';

/** The columns of the Porto taxi file that are used; others may be there. */
const TIMESTAMP = 'TIMESTAMP';
const POLYLINE = 'POLYLINE';

/** A row that cannot be read, by line and column. */
export class BadRow extends Error {
  readonly line: number;

  constructor(line: number, column: string, why: string) {
    super(`line ${String(line)}, column ${column}: ${why}`);
    this.line = line;
  }
}

/** What a file came to. */
export interface TripsFile {
  readonly rows: number;
  /** Rows without points: nobody can say where the ride went. */
  readonly skipped: number;
  readonly bad: readonly BadRow[];
  readonly trips: readonly RecordedTrip[];
}

const polylineSchema = z.array(z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)]));

function readPolyline(text: string, line: number): [number, number][] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRow(line, POLYLINE, 'is not JSON');
  }
  const parsed = polylineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.map(String).join('.') ?? '';
  throw new BadRow(line, POLYLINE, at === '' ? 'is not a list of points' : `point ${at} is not [longitude, latitude]`);
}

/** One row as a trip; `undefined` for a row without points. */
export function readRow(row: Readonly<Record<string, string | undefined>>, line: number): RecordedTrip | undefined {
  const timestamp = row[TIMESTAMP] ?? '';
  if (!/^\d{1,12}$/.test(timestamp)) throw new BadRow(line, TIMESTAMP, 'is not a time in Unix seconds');
  const points = readPolyline(row[POLYLINE] ?? '', line);
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return undefined;
  return {
    startedAtS: Number(timestamp),
    pickup: { lat: first[1], lng: first[0] },
    destination: { lat: last[1], lng: last[0] },
  };
}

function requireColumns(columns: readonly string[]): string[] {
  const missing = [TIMESTAMP, POLYLINE].filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new BadRow(1, missing.join(', '), 'is missing from the header');
  return [...columns];
}

function badCsv(error: Error): Error {
  const { column, lines } = error as Partial<CsvError> & { readonly column?: unknown; readonly lines?: unknown };
  if (typeof lines !== 'number') return error;
  const where = typeof column === 'string' || typeof column === 'number' ? String(column) : '?';
  return new BadRow(lines, where, error.message);
}

/**
 * Reads the first `limit` rows of a file of recorded trips.
 *
 * @throws The first {@link BadRow}, unless `skipBad` is set; whatever the file system says.
 */
export async function readTripsFile(
  file: string,
  options: { readonly limit?: number | undefined; readonly skipBad?: boolean | undefined },
): Promise<TripsFile> {
  const trips: RecordedTrip[] = [];
  const bad: BadRow[] = [];
  let rows = 0;
  let skipped = 0;
  const note = (error: unknown): void => {
    if (!(error instanceof BadRow) || !options.skipBad) throw error;
    bad.push(error);
  };
  const source = createReadStream(file);
  const parser = source.pipe(
    parse({
      bom: true,
      info: true,
      columns: requireColumns,
      skip_empty_lines: true,
      ...(options.skipBad
        ? {
            skip_records_with_error: true,
            on_skip: (error?: Error) => {
              rows += 1;
              note(badCsv(error ?? new Error('unreadable')));
            },
          }
        : {}),
      ...(options.limit === undefined ? {} : { to: options.limit }),
    }),
  );
  // a pipe does not pass errors on
  source.on('error', (error) => parser.destroy(error));
  try {
    for await (const { info, record } of parser as AsyncIterable<{
      info: { lines: number };
      record: Record<string, string>;
    }>) {
      rows += 1;
      try {
        const trip = readRow(record, info.lines);
        if (trip) trips.push(trip);
        else skipped += 1;
      } catch (error) {
        note(error);
      }
    }
  } catch (error) {
    throw error instanceof Error ? badCsv(error) : error;
  }
  // rows that are no CSV are noticed while those before them are still being read
  bad.sort((a, b) => a.line - b.line);
  return { rows, skipped, bad, trips };
}
