import type { Aggregate, DebtPayment, Payment, PaymentOp, Refund } from '../domain/payment.ts';

/** A row of `payments`, its amounts as numbers. */
export interface PaymentRow {
  readonly id: string;
  readonly trip_id: string;
  readonly rider_id: string;
  readonly driver_id: string | null;
  readonly kind: Payment['kind'];
  readonly method_id: string | null;
  readonly status: Payment['status'];
  readonly goal: Payment['goal'];
  readonly currency: string;
  readonly goal_amount: number;
  readonly authorized: number;
  readonly captured: number;
  readonly refund_reserved: number;
  readonly refunded: number;
  readonly outstanding: number;
  readonly share_driver: number;
  readonly share_booking_fee: number;
  readonly booked_driver: number;
  readonly booked_booking_fee: number;
  readonly returned_driver: number;
  readonly returned_booking_fee: number;
  readonly version: number;
  readonly cause_id: string;
  readonly trace: Readonly<Record<string, string>>;
}

/** Rows below a payment, as one `json` value each. */
export interface PartsRow {
  readonly ops: readonly OpRow[];
  readonly refunds: readonly RefundRow[];
  readonly debts: readonly DebtRow[];
}

interface OpRow {
  readonly id: string;
  readonly op: PaymentOp['kind'];
  readonly attempt: number;
  readonly state: PaymentOp['state'];
  readonly psp_key: string;
  readonly amount: number;
  readonly goal: PaymentOp['goal'];
  readonly method_id: string | null;
  readonly target_ref: string | null;
  readonly refund_id: string | null;
  readonly reference: string | null;
  readonly code: string | null;
}

interface RefundRow {
  readonly id: string;
  readonly amount: number;
  readonly done: number;
  readonly status: Refund['status'];
  readonly reason: string;
  readonly requested_by: string;
}

interface DebtRow {
  readonly id: string;
  readonly attempt: number;
  readonly method_id: string;
  readonly amount: number;
  readonly state: DebtPayment['state'];
  readonly code: string | null;
}

export function toPayment(row: PaymentRow): Payment {
  return {
    id: row.id,
    tripId: row.trip_id,
    riderId: row.rider_id,
    driverId: row.driver_id,
    kind: row.kind,
    methodId: row.method_id,
    status: row.status,
    goal: row.goal,
    currency: row.currency,
    goalAmount: row.goal_amount,
    authorized: row.authorized,
    captured: row.captured,
    refundReserved: row.refund_reserved,
    refunded: row.refunded,
    outstanding: row.outstanding,
    shares: { driver: row.share_driver, bookingFee: row.share_booking_fee },
    booked: { driver: row.booked_driver, bookingFee: row.booked_booking_fee },
    returned: { driver: row.returned_driver, bookingFee: row.returned_booking_fee },
    version: row.version,
    causeId: row.cause_id,
    trace: row.trace,
  };
}

/** In the order of the columns of {@link PaymentRow}. */
export function paymentValues(payment: Payment): unknown[] {
  return [
    payment.id,
    payment.tripId,
    payment.riderId,
    payment.driverId,
    payment.kind,
    payment.methodId,
    payment.status,
    payment.goal,
    payment.currency,
    payment.goalAmount,
    payment.authorized,
    payment.captured,
    payment.refundReserved,
    payment.refunded,
    payment.outstanding,
    payment.shares.driver,
    payment.shares.bookingFee,
    payment.booked.driver,
    payment.booked.bookingFee,
    payment.returned.driver,
    payment.returned.bookingFee,
    payment.version,
    payment.causeId,
    JSON.stringify(payment.trace),
  ];
}

export function toAggregate(payment: PaymentRow, parts: PartsRow | undefined): Aggregate {
  return {
    payment: toPayment(payment),
    ops: (parts?.ops ?? []).map((row) => ({
      id: row.id,
      kind: row.op,
      attempt: row.attempt,
      state: row.state,
      pspKey: row.psp_key,
      amount: row.amount,
      goal: row.goal,
      methodId: row.method_id,
      targetRef: row.target_ref,
      refundId: row.refund_id,
      reference: row.reference,
      code: row.code,
      delayMs: 0,
    })),
    // named one by one: the rows have columns that no decision knows of
    refunds: (parts?.refunds ?? []).map(({ id, amount, done, status, reason, requested_by: requestedBy }) => ({
      id,
      amount,
      done,
      status,
      reason,
      requestedBy,
    })),
    debts: (parts?.debts ?? []).map(({ id, attempt, method_id: methodId, amount, state, code }) => ({
      id,
      attempt,
      methodId,
      amount,
      state,
      code,
    })),
  };
}
