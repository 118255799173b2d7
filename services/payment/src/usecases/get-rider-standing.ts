import type { MethodStore, Outstanding, PaymentStore } from './ports.ts';

/** What a rider owes, and how their next trip would be paid. */
export interface RiderStanding {
  readonly outstanding: readonly Outstanding[];
  /** `null`: cash. */
  readonly paymentMethodId: string | null;
  /** False when a method was asked for and is not the rider's. */
  readonly methodFound: boolean;
}

/** Reads a rider's standing; the method asked for counts when it is the rider's, else their default. */
export async function getRiderStanding(
  deps: {
    readonly payments: Pick<PaymentStore, 'outstandingOf'>;
    readonly methods: Pick<MethodStore, 'find' | 'findDefault'>;
  },
  riderId: string,
  methodId: string | null,
): Promise<RiderStanding> {
  const [outstanding, asked] = await Promise.all([
    deps.payments.outstandingOf(riderId),
    methodId === null ? null : deps.methods.find(riderId, methodId),
  ]);
  const method = asked ?? (await deps.methods.findDefault(riderId));
  return { outstanding, paymentMethodId: method?.id ?? null, methodFound: methodId === null || asked !== null };
}
