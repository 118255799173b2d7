import { createReadStream, globSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LogLine } from './render-trip.ts';

type Parsed = Partial<LogLine> & { readonly trace_id?: string };

function parse(line: string): Parsed | undefined {
  try {
    return JSON.parse(line) as Parsed;
  } catch {
    // a process that dies may leave half a line, and a crash prints plain text
    return undefined;
  }
}

/** The lines of every service's log below `dataDir` that belong to one of the traces or name the trip, by time. */
export async function readLogs(
  dataDir: string,
  tripId: string,
  traceIds: ReadonlySet<string>,
): Promise<readonly LogLine[]> {
  const found: LogLine[] = [];
  for (const file of globSync(path.join(dataDir, 'logs', '*.log'))) {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      const parsed = parse(line);
      const isOurs = line.includes(tripId) || (parsed?.trace_id !== undefined && traceIds.has(parsed.trace_id));
      if (!parsed || !isOurs) continue;
      const { level = '', message = '', service = path.basename(file, '.log'), timestamp = '' } = parsed;
      found.push({ level, message, service, timestamp });
    }
  }
  return found.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp));
}
