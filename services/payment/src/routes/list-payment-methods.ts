import { listPaymentMethods, paymentMethodSchema } from '@rideshare/contracts';
import { decodeCursor, encodeCursor, endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { listMethods } from '../usecases/manage-methods.ts';
import type { PaymentMethod } from '../usecases/ports.ts';
import { methodBody } from './views.ts';

const positionSchema = paymentMethodSchema.pick({ id: true });

interface MethodPage {
  readonly page: readonly PaymentMethod[];
  readonly more: boolean;
}

export function listPaymentMethodsEndpoint(deps: Parameters<typeof listMethods>[0]): Endpoint {
  return endpoint<typeof listPaymentMethods, MethodPage>(listPaymentMethods, {
    async run({ principal, query: { limit, cursor } }) {
      const before = cursor === undefined ? {} : { before: decodeCursor(positionSchema, cursor).id };
      // one more than asked for tells whether there is another page
      const found = await listMethods(deps, userId(principal), { limit: limit + 1, ...before });
      return { page: found.slice(0, limit), more: found.length > limit };
    },
    respond({ page, more }) {
      const last = page.at(-1);
      return {
        status: 200,
        body: { items: page.map(methodBody), nextCursor: more && last ? encodeCursor({ id: last.id }) : null },
      };
    },
  });
}
