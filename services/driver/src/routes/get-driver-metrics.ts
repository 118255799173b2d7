import { getDriverMetrics as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Performance } from '../domain/performance.ts';
import { getDriverMetrics } from '../usecases/get-driver-metrics.ts';
import { viewerOf } from './views.ts';

export function getDriverMetricsEndpoint(deps: Parameters<typeof getDriverMetrics>[0]): Endpoint {
  return endpoint<typeof route, Performance>(route, {
    run: ({ principal, params }) => getDriverMetrics(deps, viewerOf(principal), params.id),
    respond: (figures) => ({
      status: 200,
      body: {
        offers: figures.offers,
        accepted: figures.accepted,
        declined: figures.declined,
        expired: figures.expired,
        completed: figures.completed,
        cancelled: figures.cancelled,
        acceptanceRate: figures.acceptanceRate,
        completionRate: figures.completionRate,
        rating: figures.rating,
        ratings: figures.ratings,
        onlineS: figures.onlineS,
        earnings: [...figures.earnings],
      },
    }),
  });
}
