/** Every guard that is taken away. */
import { driverBugs } from './bugs/driver.ts';
import { gatewayBugs } from './bugs/gateway.ts';
import { httpBugs } from './bugs/http.ts';
import { idempotencyBugs } from './bugs/idempotency.ts';
import { leakBugs } from './bugs/leaks.ts';
import { messagingBugs } from './bugs/messaging.ts';
import { moneyBugs } from './bugs/money.ts';
import { paymentBugs } from './bugs/payment.ts';
import { pricingBugs } from './bugs/pricing.ts';
import { slotBugs } from './bugs/slots.ts';
import { tripBugs } from './bugs/trip.ts';
import { userBugs } from './bugs/user.ts';
import type { PlantedBug } from './plot.ts';

export const plantedBugs: readonly PlantedBug[] = [
  ...tripBugs,
  ...pricingBugs,
  ...slotBugs,
  ...driverBugs,
  ...paymentBugs,
  ...moneyBugs,
  ...messagingBugs,
  ...idempotencyBugs,
  ...httpBugs,
  ...gatewayBugs,
  ...userBugs,
  ...leakBugs,
];
