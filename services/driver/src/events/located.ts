import { driverLocated } from '@rideshare/contracts';
import type { EventData } from '@rideshare/contracts';
import type { VehicleClass } from '../domain/driver.ts';
import type { ReportedPoint } from '../domain/positions.ts';
import type { SlotState } from '../domain/slot.ts';

interface Located extends ReportedPoint {
  readonly driverId: string;
  readonly state: SlotState;
  readonly tripId: string | null;
  readonly vehicleClass: VehicleClass;
}

/** The event of a new position. */
export function located(position: Located) {
  return { definition: driverLocated, data: dataOf(position) };
}

function dataOf(located: Located): EventData<typeof driverLocated> {
  return {
    driverId: located.driverId,
    point: located.point,
    recordedAt: located.recordedAt.toISOString(),
    headingDeg: located.headingDeg,
    speedMps: located.speedMps,
    state: located.state,
    tripId: located.tripId,
    vehicleClass: located.vehicleClass,
  };
}
