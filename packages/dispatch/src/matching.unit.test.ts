import { describe, expect, test } from '@jest/globals';
import { destination, distanceM, type Point } from '@rideshare/geo';
import fc from 'fast-check';
import { assign } from './assign.ts';
import { collectCandidates, toProblem, type CandidateSearch } from './collect-candidates.ts';
import { createDriverPool, type DriverSnapshot } from './driver-pool.ts';
import { defaultGateRules, type RideRequest, type Verdict } from './gates.ts';
import { matchBatch, type BatchSearch } from './match-batch.ts';

const at = new Date('2026-06-01T12:00:00.000Z');
const centre: Point = { lat: 41.15, lng: -8.61 };
const east = (metres: number): Point => destination(centre, 90, metres);
const secondsAgo = (seconds: number): Date => new Date(at.getTime() - seconds * 1_000);
const travelTimeS = (from: Point, to: Point): number => (distanceM(from, to) * 1.3) / 8;

function driver(driverId: string, changes: Partial<DriverSnapshot> = {}): DriverSnapshot {
  return {
    driverId,
    position: east(500),
    recordedAt: secondsAgo(5),
    vehicleClass: 'economy',
    isAvailable: true,
    ...changes,
  };
}

function request(tripId: string, changes: Partial<RideRequest> = {}): RideRequest {
  const riderId = `rider-of-${tripId}`;
  return { tripId, riderId, pickup: centre, vehicleClass: 'economy', ageS: 0, declinedBy: [], ...changes };
}

function search(
  requests: readonly RideRequest[],
  drivers: readonly DriverSnapshot[],
  more: Partial<BatchSearch> = {},
): CandidateSearch {
  return { at, requests, drivers: createDriverPool(drivers), travelTimeS, ...more };
}

const outcomes = (verdicts: readonly Verdict[]): Record<string, string> =>
  Object.fromEntries(verdicts.map(({ driverId, verdict, gate }) => [driverId, gate ?? verdict]));

describe('collectCandidates', () => {
  test.each([
    ['who is the rider', driver('rider-of-t'), 'own_ride'],
    ['who declined before', driver('no-thanks'), 'declined_before'],
    ['just outside the radius', driver('d', { position: east(4_100) }), 'too_far'],
  ] as const)('of a driver %s, records the gate', (_who, candidate, gate) => {
    const { rows, verdicts } = collectCandidates(search([request('t', { declinedBy: ['no-thanks'] })], [candidate]));
    expect(rows[0]?.candidates).toStrictEqual([]);
    expect(verdicts).toMatchObject([
      { tripId: 't', driverId: candidate.driverId, verdict: 'dropped', gate, etaS: null },
    ]);
  });

  test.each([
    ['on another trip', driver('d', { isAvailable: false }), 'not_available'],
    ['not heard of for too long', driver('d', { recordedAt: secondsAgo(120.001) }), 'stale_position'],
    ['with the wrong vehicle', driver('d', { vehicleClass: 'xl' }), 'wrong_vehicle_class'],
  ] as const)('of drivers %s, counts them and judges none', (_who, candidate, gate) => {
    const crowd = [
      candidate,
      { ...candidate, driverId: 'e' },
      { ...candidate, driverId: 'far', position: east(9_000) },
    ];
    const { rows, verdicts, passedOver } = collectCandidates(search([request('t')], crowd));
    expect(rows[0]?.candidates).toStrictEqual([]);
    expect(verdicts).toStrictEqual([]);
    expect(passedOver).toStrictEqual([{ tripId: 't', gate, drivers: 2 }]);
  });

  test('amid a crowd, counts those who are nearer than the last one it looked at, and stops counting the busy at a hundred', () => {
    const crowd = [300, 600, 900].map((metres) =>
      driver(`xl-${String(metres)}`, { position: east(metres), vehicleClass: 'xl' }),
    );
    const busy = Array.from({ length: 150 }, (_, index) =>
      driver(`busy-${String(index)}`, { position: east(index + 1), isAvailable: false }),
    );
    const free = [500, 700, 1_000].map((metres) => driver(String(metres), { position: east(metres) }));
    const { passedOver } = collectCandidates(search([request('t')], [...crowd, ...busy, ...free], { limit: 1 }));
    expect(passedOver).toStrictEqual([
      { tripId: 't', gate: 'not_available', drivers: 100 },
      { tripId: 't', gate: 'wrong_vehicle_class', drivers: 2 },
    ]);
  });

  test('where there is no way to anybody, gives up after a bounded number of drivers', () => {
    const islanders = Array.from({ length: 1_000 }, (_, index) => driver(String(index), { position: east(index + 1) }));
    let asked = 0;
    const noWay = (): number => {
      asked += 1;
      return Infinity;
    };
    const { rows } = collectCandidates(search([request('t')], islanders, { travelTimeS: noWay }));
    expect(asked).toBe(640);
    expect(rows[0]).toMatchObject({ candidates: [], isCut: true });
  });

  test('of a driver to whom there is no way, records that it is too far', () => {
    for (const noWay of [Infinity, NaN, -1]) {
      const { verdicts } = collectCandidates(search([request('t')], [driver('d')], { travelTimeS: () => noWay }));
      expect(outcomes(verdicts)).toStrictEqual({ d: 'too_far' });
    }
  });

  test('of a driver whose position is just fresh enough, keeps them with distance and time', () => {
    const { rows, verdicts } = collectCandidates(
      search([request('t')], [driver('d', { recordedAt: secondsAgo(120) })]),
    );
    expect(verdicts).toStrictEqual([]);
    const [row] = rows;
    expect(row).toMatchObject({ isCut: false, candidates: [{ driverId: 'd' }] });
    expect(row?.candidates[0]?.distanceM).toBeCloseTo(500, 3);
    expect(row?.candidates[0]?.etaS).toBeCloseTo((500 * 1.3) / 8, 3);
  });

  test('of a driver far beyond the radius, says nothing', () => {
    expect(collectCandidates(search([request('t')], [driver('d', { position: east(9_000) })])).verdicts).toStrictEqual(
      [],
    );
  });

  test('with its own rules, serves another class and looks as far as it is told', () => {
    const rules = { ...defaultGateRules, serves: (has: string, wanted: string) => has === wanted || has === 'xl' };
    const drivers = [driver('d', { vehicleClass: 'xl', position: east(9_000) })];
    const { rows } = collectCandidates(search([request('t')], drivers, { gates: rules, radiusM: () => 10_000 }));
    expect(rows[0]?.candidates.map(({ driverId }) => driverId)).toStrictEqual(['d']);
  });

  test('with more drivers than the limit, keeps the nearest and says who was over it', () => {
    const drivers = [400, 100, 300, 200].map((metres) => driver(String(metres), { position: east(metres) }));
    const { rows, verdicts } = collectCandidates(search([request('t')], drivers, { limit: 2 }));
    expect(rows[0]?.candidates.map(({ driverId }) => driverId)).toStrictEqual(['100', '200']);
    expect(rows[0]?.isCut).toBe(true);
    expect(outcomes(verdicts)).toStrictEqual({ '300': 'over_limit', '400': 'over_limit' });
  });

  test('where everybody near is busy, looks on until the limit is reached', () => {
    const busy = Array.from({ length: 100 }, (_, index) =>
      driver(`busy-${String(index)}`, { position: east(index + 1), isAvailable: false }),
    );
    const free = [1_000, 2_000, 3_000].map((metres) => driver(String(metres), { position: east(metres) }));
    const { rows } = collectCandidates(search([request('t')], [...busy, ...free], { limit: 2 }));
    expect(rows[0]?.candidates.map(({ driverId }) => driverId)).toStrictEqual(['1000', '2000']);
  });

  test('with a limit that is none, is refused', () => {
    expect(() => collectCandidates(search([request('t')], [], { limit: 0 }))).toThrow('positive number');
  });
});

describe('toProblem', () => {
  test('of rows that share a driver, gives them one column and costs in milliseconds', () => {
    const { rows } = collectCandidates(search([request('t'), request('u', { ageS: 10 })], [driver('d')]));
    const { problem, driverIds } = toProblem(rows);
    expect(driverIds).toStrictEqual(['d']);
    expect(problem).toStrictEqual({
      columns: 1,
      rows: [
        { penalty: 3_600_000, columns: [0], costs: [81_250] },
        { penalty: 4_200_000, columns: [0], costs: [81_250] },
      ],
    });
  });
});

describe('matchBatch', () => {
  test('where the nearest driver is needed by another, gives each the driver that is best for both', () => {
    // d1 is nearest to both trips; t2 has nobody else within its radius
    const batch = matchBatch(
      search(
        [request('t1'), request('t2', { pickup: east(3_000) })],
        [driver('d1', { position: east(1_200) }), driver('d2', { position: destination(centre, 270, 1_300) })],
      ),
    );
    expect(batch.matches).toMatchObject([
      { tripId: 't1', driverId: 'd2' },
      { tripId: 't2', driverId: 'd1' },
    ]);
    expect(batch).toMatchObject({ unmatched: [], isCertified: true });
    expect(
      batch.verdicts.map(({ tripId, driverId, gate, verdict }) => [tripId, driverId, gate ?? verdict]),
    ).toStrictEqual([
      ['t1', 'd1', 'lost_assignment'],
      ['t1', 'd2', 'assigned'],
      ['t2', 'd1', 'assigned'],
      ['t2', 'd2', 'too_far'],
    ]);
    expect(batch.droppedByGate).toMatchObject({ lost_assignment: 1, too_far: 1, over_limit: 0 });
  });

  test('amid drivers who cannot come, counts them by gate', () => {
    const crowd = [driver('busy', { isAvailable: false }), driver('old', { recordedAt: secondsAgo(300) }), driver('d')];
    const batch = matchBatch(search([request('t'), request('u')], crowd));
    expect(batch.droppedByGate).toMatchObject({ not_available: 2, stale_position: 2, lost_assignment: 1 });
    expect(batch.passedOver).toContainEqual({ tripId: 'u', gate: 'stale_position', drivers: 1 });
  });

  test('with one driver for two, serves who has waited longer', () => {
    const batch = matchBatch(search([request('young'), request('old', { ageS: 30 })], [driver('d')]));
    expect(batch.matches).toMatchObject([{ tripId: 'old', driverId: 'd' }]);
    expect(batch.unmatched).toStrictEqual(['young']);
  });

  test('without requests or without drivers, plans nothing', () => {
    expect(matchBatch(search([], [driver('d')]))).toMatchObject({ matches: [], verdicts: [], isCertified: true });
    expect(matchBatch(search([request('t')], []))).toMatchObject({ matches: [], unmatched: ['t'] });
  });

  test('where the limit leaves too few drivers for a crowd, grows it until the plan is proven', () => {
    const crowd = Array.from({ length: 12 }, (_, index) => request(`t${String(index)}`));
    const drivers = Array.from({ length: 12 }, (_, index) =>
      driver(`d${String(index)}`, { position: east(100 * (index + 1)) }),
    );
    expect(matchBatch(search(crowd, drivers, { limit: 2 }))).toMatchObject({ unmatched: [], isCertified: true });
    const kept = matchBatch({ ...search(crowd, drivers, { limit: 2 }), limitMax: 2 });
    expect(kept.matches).toHaveLength(2);
    expect(kept.isCertified).toBe(false);
  });

  const place = fc.record({ courseDeg: fc.nat({ max: 359 }), metres: fc.nat({ max: 3_500 }) });
  const scenes = fc.record({
    pickups: fc.array(place, { maxLength: 25 }),
    positions: fc.array(fc.record({ place, isAvailable: fc.boolean() }), { maxLength: 40 }),
  });
  const sceneOf = ({ pickups, positions }: typeof scenes extends fc.Arbitrary<infer Scene> ? Scene : never) => ({
    requests: pickups.map(({ courseDeg, metres }, index) =>
      request(`t${String(index)}`, { pickup: destination(centre, courseDeg, metres), ageS: index }),
    ),
    drivers: positions.map(({ place: { courseDeg, metres }, isAvailable }, index) =>
      driver(`d${String(index)}`, { position: destination(centre, courseDeg, metres), isAvailable }),
    ),
  });

  test('whenever it claims a proof under a small limit, costs what the best plan without limit costs', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { requests, drivers } = sceneOf(scene);
        const whole = search(requests, drivers, { limit: 1_000 });
        const best = assign(toProblem(collectCandidates(whole).rows).problem).totalCost;
        const batch = matchBatch(search(requests, drivers, { limit: 1 }));
        const penalty = new Map(requests.map(({ tripId, ageS }) => [tripId, 3_600_000 + 60_000 * ageS]));
        const cost =
          batch.matches.reduce((sum, { etaS }) => sum + Math.round(etaS * 1_000), 0) +
          batch.unmatched.reduce((sum, tripId) => sum + (penalty.get(tripId) ?? NaN), 0);
        if (batch.isCertified) expect(cost).toBe(best);
        else expect(cost).toBeGreaterThanOrEqual(best);
      }),
      { numRuns: 200 },
    );
  });

  test('of any scene, gives every driver at most one trip and every pair it looked at one verdict', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { requests, drivers } = sceneOf(scene);
        const batch = matchBatch(search(requests, drivers, { limit: 3 }));
        const used = batch.matches.map(({ driverId }) => driverId);
        expect(new Set(used).size).toBe(used.length);
        expect(batch.matches.length + batch.unmatched.length).toBe(requests.length);
        const pairs = batch.verdicts.map(({ tripId, driverId }) => `${tripId} ${driverId}`);
        expect(new Set(pairs).size).toBe(pairs.length);
        expect(batch.verdicts.filter(({ verdict }) => verdict === 'assigned')).toHaveLength(batch.matches.length);
        const available = new Set(drivers.filter(({ isAvailable }) => isAvailable).map(({ driverId }) => driverId));
        for (const driverId of used) expect(available.has(driverId)).toBe(true);
        expect(matchBatch(search(requests, drivers, { limit: 3 }))).toStrictEqual(batch);
      }),
    );
  });
});
