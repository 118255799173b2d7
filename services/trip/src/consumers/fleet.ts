import {
  driverLocated,
  driverStatusChanged,
  tripAccepted,
  tripCancelled,
  tripExpired,
  tripRequested,
} from '@rideshare/contracts';
import type { Envelope, EventData, EventDefinition } from '@rideshare/contracts';
import type { DispatchEars } from '../usecases/dispatch/ears.ts';

type Handler = (event: Envelope) => void;

/**
 * What the dispatcher hears of drivers and trips, as handlers of tails.
 *
 * @remarks Positions come by the hundred each second and mean nothing to any trace, so these events are read without a
 * span each.
 */
export function fleetHandlers(ears: DispatchEars): { readonly slots: Handler; readonly positions: Handler } {
  const slots = byType(
    hear(driverStatusChanged, ({ position, offerId, tripId, expiresAt, ...slot }) => {
      ears.slotChanged({ ...slot, position, offerId, tripId, expiresAt });
    }),
    hear(tripRequested, ({ tripId }) => ears.tripRequested(tripId)),
    hear(tripAccepted, ({ tripId }) => ears.tripLeft(tripId)),
    hear(tripCancelled, ({ tripId }) => ears.tripLeft(tripId)),
    hear(tripExpired, ({ tripId }) => ears.tripLeft(tripId)),
  );
  const positions = byType(
    hear(driverLocated, ({ driverId, vehicleClass, state, point, recordedAt }) => {
      ears.located({ driverId, vehicleClass, state, point, recordedAt });
    }),
  );
  return { slots, positions };
}

interface Hearing {
  readonly definition: EventDefinition;
  readonly handle: (data: unknown) => void;
}

function hear<Definition extends EventDefinition>(
  definition: Definition,
  tell: (data: EventData<Definition>) => void,
): Hearing {
  return {
    definition,
    handle: (data) => {
      tell(definition.data.parse(data) as EventData<Definition>);
    },
  };
}

/** Events of other types, and versions that are not known, are not for the dispatcher. */
function byType(...hearings: readonly Hearing[]): Handler {
  const byName = new Map(hearings.map((hearing) => [nameOf(hearing.definition), hearing]));
  return (event) => byName.get(nameOf(event))?.handle(event.data);
}

function nameOf({ type, version }: Pick<EventDefinition, 'type' | 'version'>): string {
  return `${type}@${String(version)}`;
}
