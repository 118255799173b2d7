import { getReceipt as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getReceipt } from '../usecases/get-receipt.ts';
import type { Receipt } from '../usecases/get-receipt.ts';
import { viewerOf } from './trip-body.ts';

/** `GET /api/trips/{id}/receipt` */
export function getReceiptEndpoint(deps: Parameters<typeof getReceipt>[0]): Endpoint {
  return endpoint<typeof route, Receipt>(route, {
    run: ({ params, principal }) => getReceipt(deps, viewerOf(principal), params.id),
    respond: ({ lines, ...receipt }) => ({ status: 200, body: { ...receipt, lines: [...lines] } }),
  });
}
