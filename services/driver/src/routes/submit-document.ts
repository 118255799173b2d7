import { submitDocument as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { DriverDocument } from '../domain/documents.ts';
import { submitDocument } from '../usecases/submit-document.ts';
import { documentBody, viewerOf } from './views.ts';

export function submitDocumentEndpoint(deps: Parameters<typeof submitDocument>[0]): Endpoint {
  return endpoint<typeof route, DriverDocument>(route, {
    run: ({ operation, principal, params, body }) =>
      submitDocument(deps, operation, viewerOf(principal), { driverId: params.id, ...body }),
    respond: (document) => ({ status: 201, body: documentBody(document) }),
  });
}
