import { describe, expect, it } from '@jest/globals';
import { fakeClock } from '@rideshare/testing';
import { createCityViewers } from './city-viewers.ts';
import { City } from './city.ts';

const HERE = { lat: 41.150001, lng: -8.610009 };
const THERE = { lat: 41.2, lng: -8.6 };

function setUp() {
  const clock = fakeClock();
  const city = new City({ clock });
  return { clock, city, seconds: (count: number) => new Date(clock.now().getTime() + count * 1_000) };
}

describe('City', () => {
  it('shows a driver by number, rounded to a metre, once per change', () => {
    const { city, clock } = setUp();
    city.driverSeen('secret', clock.now(), { state: 'available', place: HERE });
    expect(city.takeBatch()?.drivers).toEqual([{ id: 1, lat: 41.15, lng: -8.61001, state: 'available' }]);
    expect(city.takeBatch()).toBeUndefined();
    expect(city.snapshot()).toMatchObject({ reset: true, drivers: [{ id: 1 }] });
  });

  it('lets what is older change nothing, and a state without a place keep the place', () => {
    const { city, seconds } = setUp();
    city.driverSeen('d', seconds(0), { state: 'available' });
    expect(city.snapshot().drivers).toEqual([]);
    city.driverSeen('d', seconds(10), { state: 'assigned', place: HERE });
    city.driverSeen('d', seconds(5), { state: 'available', place: THERE });
    city.driverSeen('d', seconds(11), { state: 'offered' });
    expect(city.snapshot().drivers).toMatchObject([{ state: 'offered', lat: 41.15 }]);
  });

  it('forgets a driver who goes offline or falls silent', () => {
    const { city, clock, seconds } = setUp();
    city.driverSeen('d', seconds(0), { state: 'available', place: HERE });
    city.driverSeen('e', seconds(0), { state: 'available', place: HERE });
    city.driverSeen('d', seconds(1), { state: 'offline' });
    expect(city.takeBatch()).toMatchObject({ goneDrivers: [1], drivers: [{ id: 2 }] });
    clock.advance(11 * 60_000);
    expect(city.takeBatch()).toMatchObject({ goneDrivers: [2] });
  });

  it('follows a trip to its end and counts the last hour', () => {
    const { city, clock, seconds } = setUp();
    city.tripRequested('t', seconds(0), { pickup: HERE, destination: THERE });
    city.tripMoved('t', seconds(4), 'accepted', 'd');
    city.tripMoved('t', seconds(9), 'in_progress', 'd');
    city.tripMoved('unknown', seconds(9), 'arrived', 'd');
    expect(city.takeBatch()?.trips).toMatchObject([{ id: 1, status: 'in_progress', driver: 1 }]);
    city.tripEnded('t', seconds(20), 'completed', { amount: 700, currency: 'EUR' });
    city.tripEnded('unknown', seconds(20), 'expired');
    const batch = city.takeBatch();
    expect(batch?.endedTrips).toEqual([{ id: 1, end: 'completed' }]);
    expect(batch?.lastHour).toEqual({
      completed: 1,
      cancelled: 0,
      expired: 1,
      faresMinor: 700,
      currency: 'EUR',
      medianWaitS: 4,
    });
    clock.advance(3_700_000);
    expect(city.snapshot().lastHour).toMatchObject({ completed: 0, faresMinor: 0, medianWaitS: null });
  });
});

describe('createCityViewers', () => {
  it('tells a viewer who does not read to go, and the others that it is alive', () => {
    const { city, clock } = setUp();
    const viewers = createCityViewers(city);
    const sink = () => ({
      text: '',
      isCut: false,
      bufferedBytes: 0,
      write(text: string) {
        this.text += text;
      },
      end(text: string) {
        this.text += text;
      },
      cut() {
        this.isCut = true;
      },
    });
    const [slow, fast, gone] = [sink(), sink(), sink()];
    viewers.join(slow);
    viewers.join(fast);
    viewers.join(gone)();
    slow.bufferedBytes = 600_000;
    city.driverSeen('d', clock.now(), { state: 'available', place: HERE });
    viewers.share();
    expect([slow.isCut, fast.isCut]).toEqual([true, false]);
    expect(fast.text.match(/^data: /gm)).toHaveLength(2);
    expect(gone.text.match(/^data: /gm)).toHaveLength(1);
    for (let count = 0; count < 50; count += 1) viewers.share();
    expect(fast.text.endsWith(':\n\n')).toBe(true);
    viewers.closeAll();
    expect(fast.text.endsWith('retry: 1000\n\n')).toBe(true);
  });
});
