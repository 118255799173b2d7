import { reviewDocument as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { DriverDocument } from '../domain/documents.ts';
import { reviewDocument } from '../usecases/review-document.ts';
import { documentBody, viewerOf } from './views.ts';

export function reviewDocumentEndpoint(deps: Parameters<typeof reviewDocument>[0]): Endpoint {
  return endpoint<typeof route, DriverDocument>(route, {
    run: ({ operation, principal, params, body }) =>
      reviewDocument(deps, operation, viewerOf(principal), {
        driverId: params.id,
        documentId: params.documentId,
        decision: body.decision,
        reason: body.reason ?? null,
      }),
    respond: (document) => ({ status: 200, body: documentBody(document) }),
  });
}
