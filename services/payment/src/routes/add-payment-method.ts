import { addPaymentMethod } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { addMethod, refuseCardNumber } from '../usecases/manage-methods.ts';
import type { PaymentMethod } from '../usecases/ports.ts';
import { methodBody } from './views.ts';

export function addPaymentMethodEndpoint(deps: Parameters<typeof addMethod>[0]): Endpoint {
  return endpoint<typeof addPaymentMethod, PaymentMethod>(addPaymentMethod, {
    // before the schema: in an unknown field it is still a card number
    inspect: refuseCardNumber,
    run: ({ principal, body, operation }) =>
      addMethod(deps, operation, { riderId: userId(principal), token: body.token, isDefault: body.default }),
    respond: (method) => ({ status: 201, body: methodBody(method) }),
  });
}
