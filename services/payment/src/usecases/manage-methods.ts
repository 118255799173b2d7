import type { Operation } from '@rideshare/kernel';
import { hasCardNumber } from '../domain/card-number.ts';
import { cardNumberRefused, paymentMethodInUse, paymentMethodNotFound, paymentTokenInvalid } from '../domain/errors.ts';
import type { MethodStore, PaymentGateway, PaymentMethod } from './ports.ts';

/**
 * Refuses a request that holds a card number, wherever in it.
 *
 * @throws `CARD_NUMBER_REFUSED`.
 */
export function refuseCardNumber(body: unknown): void {
  if (hasCardNumber(body)) throw cardNumberRefused();
}

/**
 * Adds a method by the gateway's token.
 *
 * @throws `PAYMENT_TOKEN_INVALID` when the gateway does not know the token.
 */
export async function addMethod(
  deps: { readonly methods: Pick<MethodStore, 'add'>; readonly gateway: Pick<PaymentGateway, 'name' | 'describe'> },
  operation: Operation<PaymentMethod>,
  request: { readonly riderId: string; readonly token: string; readonly isDefault: boolean | undefined },
): Promise<PaymentMethod> {
  const { riderId, token, isDefault } = request;
  const facts = await deps.gateway.describe(token);
  if (!facts) throw paymentTokenInvalid();
  return deps.methods.add(operation, {
    id: operation.id('method'),
    riderId,
    gateway: deps.gateway.name,
    token,
    ...facts,
    ...(isDefault === undefined ? {} : { isDefault }),
  });
}

/**
 * Removes a method and forgets its token.
 *
 * @throws `PAYMENT_METHOD_NOT_FOUND`, `PAYMENT_METHOD_IN_USE` while a payment that uses it is open.
 */
export async function removeMethod(
  deps: { readonly methods: Pick<MethodStore, 'remove'> },
  operation: Operation<null>,
  riderId: string,
  methodId: string,
): Promise<null> {
  switch (await deps.methods.remove(operation, riderId, methodId)) {
    case 'removed':
      return null;
    case 'not_found':
      throw paymentMethodNotFound();
    case 'in_use':
      throw paymentMethodInUse();
  }
}

/** A rider's methods, newest first. */
export function listMethods(
  deps: { readonly methods: Pick<MethodStore, 'list'> },
  riderId: string,
  page: { readonly limit: number; readonly before?: string },
): Promise<readonly PaymentMethod[]> {
  return deps.methods.list(riderId, page);
}
