import { describe, expect, it } from '@jest/globals';
import type { ServiceClient } from '@rideshare/http';
import { AppError } from '@rideshare/kernel';
import { createHttpRiderStandings } from './rider-standings.http.ts';
import { createHttpSlots } from './slots.http.ts';

function clientAnswering(body: unknown) {
  const calls: unknown[] = [];
  const client = {
    call: (route: { id: string }, input: unknown) => {
      calls.push({ route: route.id, ...(input as object) });
      return Promise.resolve({ status: 200, body });
    },
  } as unknown as ServiceClient;
  return { client, calls };
}

const offer = { driverId: 'd', tripId: 't', offerId: 'o' };

describe('createHttpSlots', () => {
  it('reads verdicts, and takes a reservation without an end for none', async () => {
    const verdict = { outcome: 'reserved', reason: null, epoch: 4, expiresAt: '2026-03-02T08:00:15.000Z' };
    const { client } = clientAnswering({
      verdicts: [
        { offerId: '1', ...verdict },
        { offerId: '2', ...verdict, expiresAt: null },
        { offerId: '3', outcome: 'refused', reason: 'suspended', epoch: null, expiresAt: null },
      ],
    });
    expect(await createHttpSlots(client).reserve([])).toEqual([
      { offerId: '1', outcome: 'reserved', epoch: 4, expiresAt: verdict.expiresAt },
      { offerId: '2', outcome: 'refused', reason: 'unknown' },
      { offerId: '3', outcome: 'refused', reason: 'suspended' },
    ]);
  });

  it('tells a confirmation by its epoch', async () => {
    expect(await createHttpSlots(clientAnswering({ outcome: 'confirmed', epoch: 5 }).client).confirm(offer)).toEqual({
      epoch: 5,
    });
    expect(
      await createHttpSlots(clientAnswering({ outcome: 'refused', epoch: null }).client).confirm(offer),
    ).toBeNull();
  });

  it('passes declines and releases on', async () => {
    const declined = clientAnswering({ outcome: 'declined' });
    expect(await createHttpSlots(declined.client).decline(offer)).toBe('declined');
    expect(declined.calls).toEqual([{ route: 'endOffer', body: offer }]);
    const released = clientAnswering({ outcome: 'released' });
    await createHttpSlots(released.client).release({ driverId: 'd', tripId: 't', epoch: 3 });
    expect(released.calls).toEqual([{ route: 'releaseSlot', body: { driverId: 'd', tripId: 't', epoch: 3 } }]);
  });

  it('knows which failures leave the effect open', () => {
    const slots = createHttpSlots(clientAnswering({}).client);
    expect(slots.isAmbiguous(new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', '-'))).toBe(true);
    expect(slots.isAmbiguous(new AppError('VALIDATION_FAILED', 'invalid', '-'))).toBe(false);
  });
});

describe('createHttpRiderStandings', () => {
  it('asks for the method only when one is wanted', async () => {
    const { client, calls } = clientAnswering({ outstanding: [{}], methodFound: false, paymentMethodId: null });
    const standings = createHttpRiderStandings(client);
    expect(await standings.of('r', undefined)).toEqual({ owes: true, methodFound: false, paymentMethodId: null });
    await standings.of('r', 'm');
    expect(calls).toEqual([
      { route: 'getRiderStanding', params: { id: 'r' }, query: {} },
      { route: 'getRiderStanding', params: { id: 'r' }, query: { methodId: 'm' } },
    ]);
  });
});
