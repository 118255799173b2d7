import * as driverSlots from './http/driver-slots.ts';
import * as driver from './http/driver.ts';
import * as gateway from './http/gateway.ts';
import * as notification from './http/notification.ts';
import * as payment from './http/payment.ts';
import * as tripState from './http/trip-state.ts';
import * as trip from './http/trip.ts';
import * as user from './http/user.ts';
import type { Route } from './route.ts';

function isRoute(value: object): value is Route {
  return 'callers' in value && 'path' in value;
}

/** Every endpoint of the platform, internal ones included; the one list that everything else is derived from. */
export const routeInventory: readonly Route[] = [
  user,
  driver,
  driverSlots,
  trip,
  tripState,
  payment,
  notification,
  gateway,
].flatMap((owner) => Object.values(owner).filter(isRoute));
