import { hasRole, userId } from '@rideshare/http';
import type { Principal } from '@rideshare/http';
import type { Viewer } from '../usecases/get-payment.ts';
import type { PaymentMethod, PaymentView } from '../usecases/ports.ts';

export function paymentBody(view: PaymentView) {
  const { id, tripId, status, amount, captured, refunded, methodId, last4 } = view;
  const kind = methodId === null ? ('cash' as const) : ('card' as const);
  return { id, tripId, status, amount, captured, refunded, method: { kind, id: methodId, last4 } };
}

export function methodBody({ id, gateway, brand, last4, isDefault }: PaymentMethod) {
  return { id, gateway, brand, last4, default: isDefault };
}

/** An administrator sees everybody's payments, everybody else their own. */
export function viewerOf(principal: Principal): Viewer {
  return { riderId: hasRole(principal, 'admin') ? null : userId(principal) };
}
