import { describe, expect, it } from '@jest/globals';
import { createLoadShedder } from './load-shedding.ts';

describe('createLoadShedder', () => {
  it('full of normal requests, has room for critical ones and for logins', () => {
    const shedder = createLoadShedder({ total: 3, reserve: 2, auth: 1 });
    expect(shedder.enter('normal')).toBeDefined();
    expect(shedder.enter('normal')).toBeUndefined();
    expect(shedder.enter('critical')).toBeDefined();
    expect(shedder.enter('critical')).toBeDefined();
    expect(shedder.enter('critical')).toBeUndefined();
    expect(shedder.enter('auth')).toBeDefined();
    expect(shedder.enter('auth')).toBeUndefined();
    expect(shedder.inFlight('critical')).toBe(2);
  });

  it('left twice by the same request, gives back one place', () => {
    const shedder = createLoadShedder({ total: 2, reserve: 0, auth: 1 });
    const leave = shedder.enter('normal');
    shedder.enter('normal');
    leave?.();
    leave?.();
    expect(shedder.inFlight('normal')).toBe(1);
    expect(shedder.enter('normal')).toBeDefined();
    expect(shedder.enter('normal')).toBeUndefined();
  });
});
