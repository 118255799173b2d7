/**
 * What clients were told, one line of JSON an answer, in any order:
 *
 *     {"at":"2026-03-01T12:00:00.120Z","sentAt":"2026-03-01T12:00:00.004Z","method":"POST","route":"requestTrip",
 *      "path":"/api/trips","principal":"user:0199…","key":"k-1","payload":"9f86…","status":201,
 *      "ids":{"trip":"0199…"},"version":1,"state":"requested"}
 *
 * `at` is when the answer had come, `sentAt` when the request left (`at`, where it is missing). `status` is 0 where no
 * answer came. `payload` is any digest of the request's body, the same for the same body. `ids` names what the answer's
 * body is about, `version` and `state` what it said of the trip. What else a line holds is left aside.
 */
import { readFileSync } from 'node:fs';
import { AppError, toError } from '@rideshare/kernel';
import { z } from 'zod';

const idSchema = z.uuid();

const entrySchema = z
  .object({
    at: z.iso.datetime(),
    sentAt: z.iso.datetime().optional(),
    method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
    route: z.string().min(1),
    path: z.string().startsWith('/'),
    principal: z.string().min(1).nullish(),
    key: z.string().min(1).max(255).nullish(),
    payload: z.string().min(1).nullish(),
    status: z.int().min(0).max(599),
    ids: z
      .object({
        trip: idSchema,
        quote: idSchema,
        payment: idSchema,
        refund: idSchema,
        method: idSchema,
        account: idSchema,
        driver: idSchema,
        document: idSchema,
      })
      .partial()
      .default({}),
    version: z.int().min(1).nullish(),
    state: z.string().min(1).nullish(),
  })
  .transform(({ at, sentAt, ...entry }) => ({ ...entry, at: Date.parse(at), sentAt: Date.parse(sentAt ?? at) }));

/** One answer, or the lack of one. */
export type JournalEntry = z.infer<typeof entrySchema>;

function invalid(message: string, cause: unknown): AppError {
  return new AppError('JOURNAL_INVALID', 'invalid', message, { cause });
}

/** Reads the lines of a journal; empty ones are left out. */
export function parseJournal(text: string, name = 'the journal'): readonly JournalEntry[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const where = `${name}, line ${String(index + 1)}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw invalid(`${where}: ${toError(error).message}`, error);
    }
    const parsed = entrySchema.safeParse(value);
    if (parsed.success) return [parsed.data];
    const problems = parsed.error.issues.map(({ message, path }) => `/${path.map(String).join('/')}: ${message}`);
    throw invalid(`${where}: ${problems.join('; ')}`, parsed.error);
  });
}

/**
 * The journal in a file.
 *
 * @throws `JOURNAL_INVALID` where it cannot be read, or a line is no entry.
 */
export function readJournal(file: string): readonly JournalEntry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`${file} cannot be read: ${toError(error).message}`, error);
  }
  return parseJournal(text, file);
}
