import type { Money, Operation } from '@rideshare/kernel';
import type {
  Aggregate,
  Decision,
  DecisionContext,
  GatewayAnswer,
  Goal,
  OpKind,
  PaymentStatus,
} from '../domain/payment.ts';
import type { Charge } from '../domain/shares.ts';

/** How a payment is found. */
export type PaymentKey = { readonly tripId: string } | { readonly paymentId: string } | { readonly opId: string };

/** What a decision comes to: what to write, if anything, and what to answer. */
export interface Verdict<Result> {
  readonly decision: Decision | null;
  readonly result: Result;
}

/** A payment as its rider sees it. */
export interface PaymentView {
  readonly id: string;
  readonly tripId: string;
  readonly riderId: string;
  readonly status: PaymentStatus;
  readonly amount: Money;
  readonly captured: Money;
  readonly refunded: Money;
  readonly methodId: string | null;
  readonly last4: string | null;
}

/** What a rider owes for one trip. */
export interface Outstanding {
  readonly tripId: string;
  readonly amount: Money;
}

/** A payment whose trip has not been heard to end. */
export interface HeldPayment {
  readonly paymentId: string;
  readonly tripId: string;
}

/** The payments, their operations, their ledger and their events. */
export interface PaymentStore {
  /**
   * Decides about one payment under its lock and writes the decision whole: rows, journals and events.
   *
   * @remarks Joins the operation's transaction where it has one. `decide` may run twice, so it has no effect of its own.
   * It gets `null` where there is no such payment; a decision to open one is then written unless another was quicker,
   * in which case it decides again about that one.
   */
  change<Result>(
    operation: Operation<Result>,
    key: PaymentKey,
    decide: (found: Aggregate | null, context: DecisionContext) => Verdict<Result>,
  ): Promise<Result>;
  find(key: PaymentKey): Promise<PaymentView | null>;
  outstandingOf(riderId: string): Promise<readonly Outstanding[]>;
  /** Payments on hold that nobody asked about for `ageMs`; each is handed out once per `ageMs`. */
  takeHeld(ageMs: number, limit: number): Promise<readonly HeldPayment[]>;
}

/** Why an operation is taken up: to be sent for the first time, to be asked about, or to be asked about once more. */
export type LeaseMode = 'send' | 'query' | 'recheck';

/** An operation that this process may carry out until its lease is over. */
export interface LeasedOp {
  readonly id: string;
  readonly mode: LeaseMode;
  readonly kind: OpKind;
  readonly attempt: number;
  readonly paymentId: string;
  readonly tripId: string;
  readonly goal: Goal;
  readonly pspKey: string;
  readonly amount: Money;
  readonly targetRef: string | null;
  /** `null` where the method is not the rider's, or was removed. */
  readonly token: string | null;
  readonly sends: number;
  readonly queries: number;
  readonly sinceSentMs: number;
  readonly trace: Readonly<Record<string, string>>;
}

/** The operations that wait to be carried out. */
export interface OperationQueue {
  /**
   * Leases operations that are due: planned ones become `sent`, sent ones whose holder let the lease run out `unknown`.
   *
   * @remarks With `paymentId` only that payment's, and those too that are planned for later.
   */
  lease(options: {
    readonly limit: number;
    readonly leaseMs: number;
    readonly paymentId?: string;
  }): Promise<readonly LeasedOp[]>;
  /** Notes that the same key is sent once more; false when the operation is no longer in doubt. */
  resend(opId: string, leaseMs: number): Promise<boolean>;
  /** Ends the late checks of an operation that was given up. */
  forget(opId: string): Promise<void>;
}

/** A rider's means of paying, by a gateway's token. */
export interface PaymentMethod {
  readonly id: string;
  readonly riderId: string;
  readonly gateway: string;
  readonly brand: string;
  readonly last4: string;
  readonly isDefault: boolean;
}

/** The payment methods of riders. */
export interface MethodStore {
  /** `isDefault` unset: the first method becomes the default. A new default replaces the old one. */
  add(
    operation: Operation<PaymentMethod>,
    method: Omit<PaymentMethod, 'isDefault'> & { readonly token: string; readonly isDefault?: boolean },
  ): Promise<PaymentMethod>;
  remove(operation: Operation<null>, riderId: string, methodId: string): Promise<'removed' | 'not_found' | 'in_use'>;
  /** Newest first. */
  list(riderId: string, page: { readonly limit: number; readonly before?: string }): Promise<readonly PaymentMethod[]>;
  find(riderId: string, methodId: string): Promise<PaymentMethod | null>;
  findDefault(riderId: string): Promise<PaymentMethod | null>;
}

/** The events of gateways that came in by webhook. */
export interface WebhookLog {
  /**
   * Takes an event in, once, and makes the operation it is about due to be asked about.
   *
   * @returns False when the event was taken in before.
   */
  receive(event: {
    readonly gateway: string;
    readonly eventId: string;
    readonly pspKey: string | null;
  }): Promise<boolean>;
}

/** What a gateway tells about a token. */
export interface TokenFacts {
  readonly brand: string;
  readonly last4: string;
}

/**
 * A company that moves money. Every call carries a key of ours; a repeat of the key is the same operation.
 *
 * @remarks A call that throws, whatever it throws, has proved nothing: the operation may or may not have happened.
 */
export interface PaymentGateway {
  readonly name: string;
  /** `null`: the gateway does not know the token. */
  describe(token: string): Promise<TokenFacts | null>;
  authorize(request: { readonly key: string; readonly token: string; readonly amount: Money }): Promise<GatewayAnswer>;
  /** Adds to a hold. */
  increment(request: GatewayChange): Promise<GatewayAnswer>;
  /** Takes all or part of a hold, once; the rest is let go. */
  capture(request: GatewayChange): Promise<GatewayAnswer>;
  /** Lets a hold go. */
  void(request: GatewayChange): Promise<GatewayAnswer>;
  /** Gives back all or part of a capture. */
  refund(request: GatewayChange): Promise<GatewayAnswer>;
  /** What became of a key; `null`: the gateway knows nothing of it, so far. */
  query(key: string): Promise<GatewayAnswer | null>;
}

/** A change of what an earlier operation made. */
export interface GatewayChange {
  readonly key: string;
  /** The gateway's reference of the hold or the capture. */
  readonly target: string;
  readonly amount: Money;
}

/** The keys that the gateway knows our operations by: always the same for the same operation. */
export interface PspKeys {
  keyOf(paymentId: string, kind: OpKind, attempt: number): string;
}

/** Who signs the webhooks of a gateway. */
export interface WebhookVerifier {
  /** Whether `signature` was made over `body` with the shared secret, and not too long before or after `at`. */
  verify(body: Uint8Array, signature: string | undefined, at: Date): boolean;
}

/** A trip, by the trip service's own decision read. */
export interface TripState {
  readonly status: 'requested' | 'accepted' | 'arrived' | 'in_progress' | 'completed' | 'cancelled' | 'expired';
  readonly riderId: string;
  readonly driverId: string | null;
  readonly methodId: string | null;
  readonly fare: Money;
  /** `null` while the trip goes on. */
  readonly due: Money | null;
  readonly tariffVersion: string;
  readonly lines: Charge['lines'];
}

/** The trip service. */
export interface Trips {
  /** `null`: there is no such trip. */
  stateOf(tripId: string): Promise<TripState | null>;
}

/** How a call to the gateway ended. */
export type CallOutcome = 'done' | 'refused' | 'ambiguous' | 'not_found';

/** What the service tells its operators. */
export interface Signals {
  /** The trace that is being recorded, to be continued by a later step. */
  trace(): Readonly<Record<string, string>>;
  /** Runs one step of an operation as part of `trace`. */
  step<Value>(op: LeasedOp, work: () => Promise<Value>): Promise<Value>;
  gatewayCalled(call: OpKind | 'query', outcome: CallOutcome, durationMs: number): void;
  operationSettled(op: LeasedOp, answer: GatewayAnswer): void;
  operationInDoubt(op: LeasedOp): void;
  /** A step failed for a reason of ours; the operation is taken up again when its lease is over. */
  stepFailed(op: LeasedOp, error: Error): void;
  loopFailed(name: string, error: Error): void;
  goalUnknown(tripId: string, error: Error): void;
  webhookReceived(outcome: 'applied' | 'repeated' | 'refused'): void;
}

/** How the payments stand, for the metrics. */
export interface PaymentCensus {
  /** Neither captured, voided nor failed. */
  countActive(): Promise<number>;
  /** Seconds since the oldest operation in doubt was sent; 0 when none is. */
  oldestDoubtS(): Promise<number>;
}

/** What is remembered of requests so that they are not carried out twice. */
export interface RequestMemory {
  /** Forgets what is older than anybody repeats. */
  purge(): Promise<void>;
}

/** What the stores ask of those who stand on them. */
export interface StoreHooks {
  readonly pspKeys: PspKeys;
  /** The trace that is being recorded. */
  trace(): Readonly<Record<string, string>>;
  /** Called once it is committed that an operation has become due. */
  onDue(): void;
}

/** Everything that the service keeps. */
export interface Stores {
  readonly payments: PaymentStore;
  readonly operations: OperationQueue;
  readonly methods: MethodStore;
  readonly webhooks: WebhookLog;
  readonly census: PaymentCensus;
  readonly memory: RequestMemory;
}
