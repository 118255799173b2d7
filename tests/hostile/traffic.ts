/** What the gateway has counted. */
export interface Traffic {
  readonly requests: number;
  readonly failures: number;
  /** Requests that took longer than two seconds, by route. */
  readonly slow: ReadonlyMap<string, number>;
}

// labels hold braces of their own: the first one that a number follows ends them
const SLOW_BUCKET = /^http_request_duration_seconds_bucket\{.*?le="2(?:\.0)?".*?\} (\d+)/;
const COUNT = /^http_request_duration_seconds_count\{.*?\} (\d+)/;
const label = (line: string, name: string) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '';

/** Reads the gateway's own counters. */
export async function readTraffic(gateway: string): Promise<Traffic> {
  const text = await (await fetch(`${gateway}/metrics`)).text();
  let [requests, failures] = [0, 0];
  const slow = new Map<string, number>();
  const add = (line: string, count: number) => {
    const route = label(line, 'route');
    slow.set(route, (slow.get(route) ?? 0) + count);
  };
  for (const line of text.split('\n')) {
    const total = Number(COUNT.exec(line)?.[1] ?? 0);
    const quick = Number(SLOW_BUCKET.exec(line)?.[1] ?? 0);
    requests += total;
    if (/status_code="5\d\d"/.test(line)) failures += total;
    // streams are meant to last
    if (label(line, 'route') !== '/api/stream') add(line, total - quick);
  }
  return { requests, failures, slow };
}
