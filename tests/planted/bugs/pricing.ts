import type { PlantedBug } from '../plot.ts';

const PRICING = 'packages/pricing/src';
const feeTests = [{ tests: `${PRICING}/fees.unit.test.ts` }];

export const pricingBugs: readonly PlantedBug[] = [
  {
    name: 'a rider pays for cancelling in the time of grace',
    invariants: [8],
    file: `${PRICING}/fees.ts`,
    find: `elapsedMs(acceptedAt, at) > freeS * 1_000`,
    replace: `elapsedMs(acceptedAt, at) > 0`,
    catchers: feeTests,
  },
  {
    name: 'a rider pays for not coming before the driver has waited',
    invariants: [8],
    file: `${PRICING}/fees.ts`,
    find: `if (noShow && isNoShowDue(policy, arrivedAt, at)) return`,
    replace: `if (noShow) return`,
    catchers: feeTests,
  },
  {
    name: 'halves of a minor unit are rounded down',
    invariants: [9],
    file: `${PRICING}/rounding.ts`,
    find: `remainder >= denominator - remainder`,
    replace: `remainder > denominator - remainder`,
    catchers: [{ tests: `${PRICING}/rounding.unit.test.ts` }],
  },
  {
    name: 'a fare is below the minimum',
    invariants: [9],
    file: `${PRICING}/quote-fare.ts`,
    find: `    ...(short > 0 ? [line('adjustment', short)] : []),
`,
    replace: ``,
    catchers: [{ tests: `${PRICING}/quote-fare.unit.test.ts` }],
  },
  {
    name: 'the surge that was accepted is not charged',
    invariants: [10],
    file: 'services/trip/src/domain/fares.ts',
    find: `durationS, vehicleClass, surgeBasisPoints });`,
    replace: `durationS, vehicleClass, surgeBasisPoints: 10_000 });`,
    catchers: [
      { tests: 'services/trip/src/usecases/request-trip.unit.test.ts' },
      { tests: 'services/trip/src/domain/quote.unit.test.ts' },
    ],
  },
  {
    name: 'driver and platform are both given the remainder',
    invariants: [18],
    file: `${PRICING}/split-fare.ts`,
    find: `platform: subtractMoney(total, driver) };`,
    replace: `platform: money(divideHalfUp(amount * (10_000 - policy.driverShareBasisPoints), 10_000), currency) };`,
    catchers: [{ tests: `${PRICING}/split-fare.unit.test.ts` }],
  },
  {
    name: 'a total is divided whose lines do not add up to it',
    invariants: [9, 18],
    file: `${PRICING}/split-fare.ts`,
    find: `  assert(amount === total.amount, 'the lines of a fare add up to its total');
`,
    replace: ``,
    catchers: [{ tests: `${PRICING}/split-fare.unit.test.ts` }],
  },
];
