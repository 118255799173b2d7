import type { Money, Operation } from '@rideshare/kernel';
import { startDebtPayment } from '../domain/debt.ts';
import {
  paymentAmountMismatch,
  paymentDeclined,
  paymentExists,
  paymentMethodNotFound,
  tripNotFound,
} from '../domain/errors.ts';
import type { DebtPayment } from '../domain/payment.ts';
import { followTripState } from './follow-trip-state.ts';
import type { FollowTripDeps } from './follow-trip.ts';
import { runOperation } from './run-operation.ts';
import type { RunOperationDeps } from './run-operation.ts';
import type { MethodStore, PaymentStore, PaymentView, Trips } from './ports.ts';

/** What paying by request needs. */
export interface CreatePaymentDeps extends RunOperationDeps {
  readonly payments: PaymentStore;
  readonly methods: Pick<MethodStore, 'find' | 'findDefault'>;
  readonly trips: Trips;
  readonly signals: RunOperationDeps['signals'] & FollowTripDeps['signals'];
}

/** Who wants to pay for what. */
export interface CreatePayment {
  readonly tripId: string;
  /** `null`: a service, which may pay for any rider. */
  readonly riderId: string | null;
  readonly methodId: string | null;
  readonly amount: Money | null;
}

// hold and capture, and the letting go of a hold that could not be captured
const OPERATIONS_MAX = 4;

/**
 * Pays what is owed for a trip.
 *
 * @remarks Carries the operations out itself, so that the answer tells how it went; a process that dies on the way leaves
 * them to the driver of operations, and a repeat of the request finds its own try again.
 * @throws `TRIP_NOT_FOUND`, `PAYMENT_EXISTS`, `PAYMENT_METHOD_NOT_FOUND`, `PAYMENT_AMOUNT_MISMATCH`, `PAYMENT_DECLINED`.
 */
export async function createPayment(
  deps: CreatePaymentDeps,
  operation: Operation<PaymentView>,
  request: CreatePayment,
): Promise<PaymentView> {
  const { tripId } = request;
  const known = (await deps.payments.find({ tripId })) ?? (await openPayment(deps, operation, request));
  if (!mayPay(request, known.riderId)) throw tripNotFound();
  // this very request has opened it, now or before it could answer; whatever else opened it, was there before us
  if (known.id === operation.id('payment')) return known;
  const methodId = await methodOf(deps, known.riderId, request.methodId);
  const debtId = operation.id('debt');
  await changeDebt(deps, operation, request, { id: debtId, methodId });
  await carryOut(deps, known.id);
  const debt = await changeDebt(deps, operation, request, { id: debtId, methodId });
  if (debt.state === 'declined') throw paymentDeclined();
  const view = await viewOf(deps, tripId);
  // whoever else has taken the operation up will end it: until then the try has neither failed nor come true
  return debt.state === 'open' ? { ...view, status: 'unknown' } : view;
}

function mayPay(request: CreatePayment, riderId: string): boolean {
  return request.riderId === null || request.riderId === riderId;
}

/** The method asked for, else the default; `null` when there is no default. */
async function methodOf(deps: CreatePaymentDeps, riderId: string, methodId: string | null): Promise<string | null> {
  if (methodId === null) return (await deps.methods.findDefault(riderId))?.id ?? null;
  const method = await deps.methods.find(riderId, methodId);
  if (!method) throw paymentMethodNotFound();
  return method.id;
}

/** Starts the try that has this id, or finds it. */
function changeDebt(
  deps: CreatePaymentDeps,
  operation: Operation<PaymentView>,
  { tripId, amount }: CreatePayment,
  debt: { readonly id: string; readonly methodId: string | null },
): Promise<DebtPayment> {
  const step: Operation<DebtPayment> = {
    at: operation.at,
    id: (name) => operation.id(name),
    // the answer is known only at the end, and kept then
    seal: () => Promise.resolve(),
  };
  return deps.payments.change(step, { tripId }, (found, context) => {
    if (!found) throw paymentExists();
    const { decision, debt: started } = startDebtPayment(found, context, { ...debt, amount });
    return { decision, result: started };
  });
}

async function carryOut(deps: CreatePaymentDeps, paymentId: string): Promise<void> {
  const { leaseMs } = deps.limits;
  for (let taken = 0; taken < OPERATIONS_MAX; taken += 1) {
    const leasedAt = deps.clock.now();
    const [op] = await deps.operations.lease({ limit: 1, leaseMs, paymentId });
    if (!op) return;
    await runOperation(deps, op, leasedAt);
  }
}

/** A trip whose events have not arrived yet: its payment is opened as they would open it, unless they do so meanwhile. */
async function openPayment(
  deps: CreatePaymentDeps,
  operation: Operation<PaymentView>,
  request: CreatePayment,
): Promise<PaymentView> {
  const { tripId } = request;
  const trip = await deps.trips.stateOf(tripId);
  if (!trip || !mayPay(request, trip.riderId)) throw tripNotFound();
  const due = trip.due ?? trip.fare;
  if (due.amount === 0) throw paymentExists();
  if (request.amount && (request.amount.amount !== due.amount || request.amount.currency !== due.currency)) {
    throw paymentAmountMismatch();
  }
  const methodId = request.methodId ? await methodOf(deps, trip.riderId, request.methodId) : trip.methodId;
  const step: Operation = { at: operation.at, id: (name) => operation.id(name), seal: () => Promise.resolve() };
  await followTripState(deps, step, tripId, { ...trip, methodId }, operation.id('cause'));
  return viewOf(deps, tripId);
}

async function viewOf(deps: CreatePaymentDeps, tripId: string): Promise<PaymentView> {
  const view = await deps.payments.find({ tripId });
  if (!view) throw tripNotFound();
  return view;
}
