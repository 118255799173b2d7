import { reportLocation as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { reportLocation } from '../usecases/report-location.ts';
import { viewerOf } from './views.ts';

export function reportLocationEndpoint(deps: Parameters<typeof reportLocation>[0]): Endpoint {
  return endpoint<typeof route, Awaited<ReturnType<typeof reportLocation>>>(route, {
    run: ({ operation, principal, params, body }) =>
      reportLocation(deps, viewerOf(principal), {
        driverId: params.id,
        at: operation.at,
        points: body.points.map(({ lat, lng, recordedAt, headingDeg, speedMps, accuracyM }) => ({
          point: { lat, lng },
          recordedAt: new Date(recordedAt),
          headingDeg: headingDeg ?? null,
          speedMps: speedMps ?? null,
          accuracyM: accuracyM ?? null,
        })),
      }),
    respond: ({ accepted, ignored }) => ({ status: 202, body: { accepted, ignored } }),
  });
}
