/**
 * A payment is what one trip costs one rider.
 *
 * Its status says what has happened to money, its goal what should happen next. The goal is `hold` while the trip goes
 * on and changes once, to `capture` or `void`, when the trip ends. Operations are the calls to the gateway that bring the
 * status to the goal; at most one of a payment is under way, and one whose outcome nobody knows blocks all others.
 *
 * Amounts are minor units of the payment's one currency.
 */

export type PaymentStatus =
  'pending' | 'authorized' | 'captured' | 'partially_refunded' | 'refunded' | 'voided' | 'failed' | 'unknown';

export type Goal = 'hold' | 'capture' | 'void';

/** What is charged for: the ride, or its cancellation. */
export type ChargeKind = 'fare' | 'cancellation_fee';

/**
 * `release` lets go of a hold that nobody will capture, `return` sends back a capture that was found after it had been
 * given up; neither changes the payment.
 */
export type OpKind =
  'hold' | 'increment' | 'capture' | 'void' | 'refund' | 'debt_hold' | 'debt_capture' | 'release' | 'return';

/** `planned → sent → done | failed | unknown`, `unknown → done | failed`, and back to `sent` when the same key is resent. */
export type OpState = 'planned' | 'sent' | 'unknown' | 'done' | 'failed';

/** How an amount is divided; the commission is what the other two leave. */
export interface Shares {
  readonly driver: number;
  readonly bookingFee: number;
}

export interface Payment {
  readonly id: string;
  readonly tripId: string;
  readonly riderId: string;
  readonly driverId: string | null;
  readonly kind: ChargeKind;
  /** `null`: cash. */
  readonly methodId: string | null;
  readonly status: PaymentStatus;
  readonly goal: Goal;
  readonly currency: string;
  /** What to hold, then what to take. */
  readonly goalAmount: number;
  readonly authorized: number;
  readonly captured: number;
  readonly refundReserved: number;
  readonly refunded: number;
  /** What the rider owes after the gateway refused for good. */
  readonly outstanding: number;
  /** How the goal amount is divided once it is to be captured. */
  readonly shares: Shares;
  /** The part of the captured amount that was credited, and the part of the refunded amount that was taken back. */
  readonly booked: Shares;
  readonly returned: Shares;
  /** Raised by one with every event, and by nothing else. */
  readonly version: number;
  /** What made the goal: the id of an event, a request or a sweep. */
  readonly causeId: string;
  /** Trace context in which the goal was set; the gateway calls continue it. */
  readonly trace: Readonly<Record<string, string>>;
}

export interface PaymentOp {
  readonly id: string;
  readonly kind: OpKind;
  readonly attempt: number;
  readonly state: OpState;
  /** What the gateway knows the operation by; a repeat sends the same. */
  readonly pspKey: string;
  readonly amount: number;
  /** The goal at the time of planning: a hold tried for a capture is the last one. */
  readonly goal: Goal;
  readonly methodId: string | null;
  /** The gateway's reference of the hold or capture that is acted on. */
  readonly targetRef: string | null;
  readonly refundId: string | null;
  /** The gateway's reference of what this operation made. */
  readonly reference: string | null;
  /** Why it failed. */
  readonly code: string | null;
  /** How long it waits, from the moment it is written, before it is taken up; given up: before it is asked about again. */
  readonly delayMs: number;
}

export interface Refund {
  readonly id: string;
  readonly amount: number;
  readonly done: number;
  readonly status: 'pending' | 'done' | 'failed';
  readonly reason: string;
  readonly requestedBy: string;
}

/** One try of the rider to pay what is outstanding. */
export interface DebtPayment {
  readonly id: string;
  readonly attempt: number;
  readonly methodId: string;
  readonly amount: number;
  readonly state: 'open' | 'paid' | 'declined';
  readonly code: string | null;
}

/** Everything that decisions about a payment look at. */
export interface Aggregate {
  readonly payment: Payment;
  readonly ops: readonly PaymentOp[];
  readonly refunds: readonly Refund[];
  readonly debts: readonly DebtPayment[];
}

/** A positive amount is a debit, a negative one a credit. */
export interface JournalLine {
  readonly account: string;
  readonly amount: number;
}

export interface Journal {
  readonly id: string;
  /** The operation that the journal books; one journal each. */
  readonly opId: string;
  readonly kind: 'capture' | 'refund' | 'debt' | 'debt_capture';
  readonly lines: readonly JournalLine[];
}

export type PaymentEvent =
  | { readonly type: 'authorized'; readonly amount: number }
  | {
      readonly type: 'captured';
      readonly kind: ChargeKind | 'debt';
      readonly amount: number;
      readonly driverShare: number;
      readonly journal: Journal;
    }
  | {
      readonly type: 'failed';
      readonly op: 'hold' | 'capture';
      readonly code: string;
      readonly outstanding: number;
      readonly journal: Journal | null;
    }
  | { readonly type: 'voided' }
  | {
      readonly type: 'refunded';
      readonly refundId: string;
      readonly amount: number;
      readonly refunded: number;
      readonly driverShare: number;
      readonly journal: Journal;
    };

/** An event with its place in the payment's stream. */
export interface RecordedEvent {
  readonly id: string;
  readonly sequence: number;
  readonly event: PaymentEvent;
}

/** What one decision changes, to be written in one transaction. */
export interface Decision {
  readonly payment: Payment;
  /** New and changed rows; the store tells them apart by their ids. */
  readonly ops: readonly PaymentOp[];
  readonly refunds: readonly Refund[];
  readonly debts: readonly DebtPayment[];
  readonly journals: readonly Journal[];
  readonly events: readonly RecordedEvent[];
}

/** What a decision takes from outside: identities and the keys of the gateway. */
export interface DecisionContext {
  /** The same id for the same name within one operation. */
  id(name: string): string;
  pspKey(paymentId: string, kind: OpKind, attempt: number): string;
}

/** What the gateway said for good. */
export type GatewayAnswer =
  { readonly outcome: 'done'; readonly reference: string } | { readonly outcome: 'refused'; readonly code: string };

export function isUnresolved(op: PaymentOp): boolean {
  return op.state === 'sent' || op.state === 'unknown';
}

/** Why an operation ended without the gateway having refused it. */
export const opCodes = {
  cancelled: 'CANCELLED',
  silent: 'GATEWAY_SILENT',
  foundLate: 'FOUND_LATE',
  methodNotFound: 'METHOD_NOT_FOUND',
} as const;
