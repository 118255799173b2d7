import { driverLocated, driverStatusChanged } from '@rideshare/contracts';
import type { Clock } from '@rideshare/kernel';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import type { Fleet } from '../usecases/fleet.ts';

/** Every instance follows every driver: these run on a tail of the log, without inbox and without offsets. */
export function onFleetMoved({ fleet, clock }: { readonly fleet: Fleet; readonly clock: Clock }): Subscription[] {
  return [
    on(driverLocated, ({ data }) => {
      fleet.located(data.driverId, { point: data.point, recordedAt: new Date(data.recordedAt) }, clock.now());
      return Promise.resolve('applied');
    }),
    on(driverStatusChanged, ({ data }) => {
      fleet.slotChanged({
        driverId: data.driverId,
        state: data.state,
        epoch: data.epoch,
        vehicleClass: data.vehicleClass,
        position: data.position && { point: data.position.point, recordedAt: new Date(data.position.recordedAt) },
      });
      return Promise.resolve('applied');
    }),
  ];
}
