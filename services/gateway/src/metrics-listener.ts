import type { RequestListener } from 'node:http';
import type { Metrics } from '@rideshare/observability';

/** Serves `/metrics` and nothing else, on the port that only the inside reaches. */
export function makeMetricsListener(metrics: Metrics): RequestListener {
  return (request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    metrics.render().then(
      ({ contentType, body }) => response.writeHead(200, { 'Content-Type': contentType }).end(body),
      () => response.writeHead(500).end(),
    );
  };
}
