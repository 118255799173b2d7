import { reserveSlots as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Verdict } from '../usecases/ports.ts';
import { reserveSlots } from '../usecases/reserve-slots.ts';

export function reserveSlotsEndpoint(deps: Parameters<typeof reserveSlots>[0]): Endpoint {
  return endpoint<typeof route, Verdict[]>(route, {
    run: ({ operation, body }) => reserveSlots(deps, operation, body.offers),
    respond: (verdicts) => ({ status: 200, body: { verdicts: verdicts.map(verdictBody) } }),
  });
}

function verdictBody(verdict: Verdict) {
  return verdict.outcome === 'reserved'
    ? { ...verdict, expiresAt: verdict.expiresAt.toISOString(), reason: null }
    : { ...verdict, epoch: null, expiresAt: null };
}
