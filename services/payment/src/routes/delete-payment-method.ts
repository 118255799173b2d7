import { deletePaymentMethod } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { removeMethod } from '../usecases/manage-methods.ts';

export function deletePaymentMethodEndpoint(deps: Parameters<typeof removeMethod>[0]): Endpoint {
  return endpoint<typeof deletePaymentMethod, null>(deletePaymentMethod, {
    run: ({ principal, params, operation }) => removeMethod(deps, operation, userId(principal), params.id),
    respond: () => ({ status: 204 }),
  });
}
