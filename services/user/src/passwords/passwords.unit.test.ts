import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@rideshare/kernel/system';
import { createAddressFailures } from './address-failures.memory.ts';
import { loadBreachedPasswords } from './breached-passwords.ts';
import { createPasswordPool } from './password-pool.ts';
import { createPasswords, PASSWORD_COST } from './passwords.argon2.ts';

const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 };

async function median(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(runs / 2)]!;
}

describe('createPasswords', () => {
  it('makes argon2id hashes at the cost that the policy names', async () => {
    const passwords = await createPasswords();
    expect(await passwords.hash('correct horse')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(PASSWORD_COST).toEqual({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  });

  it('tells the right password from a wrong one, and the same characters in another encoding from neither', async () => {
    const passwords = await createPasswords(CHEAP);
    const hash = await passwords.hash('caf\u00e9 horse');
    expect(await passwords.verify(hash, 'cafe\u0301 horse')).toEqual({ matches: true, outdated: false });
    expect(await passwords.verify(hash, 'cafe horse')).toEqual({ matches: false, outdated: false });
  });

  it('with a hash made at another cost, says that it is outdated', async () => {
    const hash = await (await createPasswords(CHEAP)).hash('correct horse');
    const passwords = await createPasswords({ ...CHEAP, timeCost: 2 });
    expect(await passwords.verify(hash, 'correct horse')).toEqual({ matches: true, outdated: true });
  });

  it('for an account that does not exist, never matches and takes as long', async () => {
    const passwords = await createPasswords();
    const hash = await passwords.hash('correct horse');
    expect(await passwords.verify(undefined, 'correct horse')).toEqual({ matches: false, outdated: false });
    const known = await median(9, () => passwords.verify(hash, 'wrong horse'));
    const unknown = await median(9, () => passwords.verify(undefined, 'wrong horse'));
    // a missing check would be a thousand times quicker; the rest is noise of a busy machine
    expect(unknown / known).toBeGreaterThan(0.4);
    expect(unknown / known).toBeLessThan(2.5);
  });
});

describe('createPasswordPool', () => {
  it('works on so many at a time, lets so many wait, and refuses the rest before they begin', async () => {
    const pool = createPasswordPool({ concurrency: 2, queueMax: 3, clock: systemClock });
    let running = 0;
    let peak = 0;
    let begun = 0;
    const gate = Promise.withResolvers<undefined>();
    const work = async (): Promise<string> => {
      begun += 1;
      running += 1;
      peak = Math.max(peak, running);
      await gate.promise;
      running -= 1;
      return 'done';
    };
    const outcomes = Array.from({ length: 8 }, () =>
      pool.run(work).catch((error: unknown) => (error as { code: string; retryAfterS: number }).code),
    );
    expect(pool.waiting()).toBe(3);
    gate.resolve(undefined);
    const settled = await Promise.all(outcomes);
    expect(settled.filter((outcome) => outcome === 'done')).toHaveLength(5);
    expect(settled.filter((outcome) => outcome === 'OVERLOADED')).toHaveLength(3);
    expect({ peak, begun, waiting: pool.waiting() }).toEqual({ peak: 2, begun: 5, waiting: 0 });
  });

  it('when the work fails, passes the failure on and frees the place', async () => {
    const pool = createPasswordPool({ queueMax: 0, clock: systemClock });
    await expect(pool.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(pool.run(() => Promise.resolve(1))).resolves.toBe(1);
  });
});

describe('createPasswordPool, under work that takes long', () => {
  it('sends whoever has waited for more than three seconds away, without beginning', async () => {
    let nowMs = 0;
    const pool = createPasswordPool({ concurrency: 1, queueMax: 2, clock: { now: () => new Date(nowMs) } });
    const gate = Promise.withResolvers<string>();
    const first = pool.run(() => gate.promise);
    const late = pool.run(() => Promise.reject(new Error('it has begun')));
    nowMs = 2_000;
    const inTime = pool.run(() => Promise.resolve('in time'));
    nowMs = 3_001;
    gate.resolve('first');
    expect(await first).toBe('first');
    await expect(late).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterS: 1 });
    expect(await inTime).toBe('in time');
  });
});

describe('loadBreachedPasswords', () => {
  it('knows what everybody tries first, whatever its case, and nothing else', async () => {
    const breached = await loadBreachedPasswords();
    for (const password of ['password', 'PassWord123', '12345678', 'QWERTYUIOP', 'iloveyou', '1q2w3e4r']) {
      expect(breached.has(password)).toBe(true);
    }
    for (const password of ['local-admin-only', 'correct horse battery', '# passwords', 'password ']) {
      expect(breached.has(password)).toBe(false);
    }
  });

  it('with a list that is empty, is refused', async () => {
    await expect(loadBreachedPasswords('/dev/null')).rejects.toMatchObject({ code: 'ASSERTION_FAILED' });
  });
});

describe('createAddressFailures', () => {
  it('lets an address fail so often within a quarter of an hour, each for itself', async () => {
    const failures = createAddressFailures({ failuresMax: 2 });
    await failures.failed('a');
    expect(await failures.waitMs('a')).toBe(0);
    await failures.failed('a');
    const waitMs = await failures.waitMs('a');
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(900_000);
    expect(await failures.waitMs('b')).toBe(0);
  });
});
