import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemSchema, routeInventory } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import { makeCast, PRINCIPALS } from './support/cast.ts';
import type { Cast } from './support/cast.ts';
import { ADMIN, signIn } from './support/client.ts';
import { changedTables, createDigester } from './support/digest.ts';
import type { Digester } from './support/digest.ts';
import { casesOf, routeOf } from './support/matrix.ts';
import type { Case } from './support/matrix.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { policies } from './support/policy.ts';
import { NOBODY } from './support/scene.ts';
import { endWaitingTrips } from './support/trip.ts';

/** Pairs of route, principal and object that have to be tried, at the least. */
const CASES_MIN = 500;

let platform: Platform;
let cast: Cast;
let digester: Digester;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly code: string | undefined;
}

/** A streamed answer never ends: only what begins it counts. */
async function ask(origin: string, route: Route, { body, principal, target }: Case): Promise<Answer> {
  const response = await fetch(origin + target, {
    method: route.method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(principal.token === undefined ? {} : { authorization: `Bearer ${principal.token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { status: response.status, type, text: '', code: undefined };
  }
  const text = await response.text();
  const isProblem = type === 'application/problem+json';
  const code = isProblem ? problemSchema.parse(JSON.parse(text)).code : undefined;
  return { status: response.status, type, text, code };
}

/** What is wrong with the answer to a request that must not be granted; nothing if it is as it has to be. */
function wrongRefusal({ verdict }: Case, { code, status, text }: Answer): string | undefined {
  if (verdict.kind === 'empty') {
    return status === 200 && text.includes('"items":[]') ? undefined : `${String(status)} ${text}`;
  }
  if (verdict.kind !== 'refused') return undefined;
  return verdict.status === status && verdict.code === code ? undefined : `${String(status)} ${text}`;
}

function originsOf({ owner }: Route): readonly string[] {
  if (owner === 'gateway') return [platform.gateway];
  return [platform.gateway, `http://127.0.0.1:${String(platform.ports[owner])}`];
}

beforeAll(async () => {
  platform = await startPlatform();
  await endWaitingTrips(platform, await signIn(platform, ADMIN));
  cast = await makeCast(platform);
  digester = await createDigester(platform);
}, 180_000);

afterAll(async () => {
  await digester.close();
});

describe('the policy', () => {
  const isPublic = ({ callers }: Route) => !callers.includes('internal');

  it('has a row for every public route and for nothing else', () => {
    const known = routeInventory.filter(isPublic).map(({ id }) => id);
    expect(new Set(policies.map(({ route }) => route))).toEqual(new Set(known));
  });

  it('says of callers what the inventory says', () => {
    const said = policies.map(({ route, who }) => [route, typeof who === 'string' ? [who] : who]);
    const declared = policies.map((policy) => {
      const { callers, id } = routeOf(policy);
      return [id, callers.map((caller) => (caller === 'user' ? 'people' : caller))];
    });
    expect(said).toEqual(declared);
  });

  it('is tried with every principal', () => {
    expect(cast.principals.map(({ name }) => name)).toEqual([...PRINCIPALS]);
    expect(policies.flatMap((policy) => casesOf(policy, cast)).length).toBeGreaterThanOrEqual(CASES_MIN);
  });
});

describe('who may not', () => {
  it('is told so by the gateway and by the service behind it, and leaves nothing', async () => {
    const wrong: string[] = [];
    let before = await digester.settled();
    for (const policy of policies) {
      const route = routeOf(policy);
      const cases = casesOf(policy, cast).filter(({ verdict }) => verdict.kind !== 'may');
      for (const origin of originsOf(route)) {
        const found = await Promise.all(
          cases.map(async (each) => {
            const problem = wrongRefusal(each, await ask(origin, route, each));
            return problem === undefined ? [] : [`${each.name} at ${origin}: ${problem}`];
          }),
        );
        wrong.push(...found.flat());
      }
      const after = await digester.digest();
      for (const table of changedTables(before, after)) wrong.push(`${route.id} left something in ${table}`);
      before = after;
    }
    expect(wrong).toEqual([]);
  });

  it('finds nothing internal at the gateway, whoever it is', async () => {
    const wrong: string[] = [];
    const internal = routeInventory.filter(({ callers }) => callers.includes('internal'));
    expect(internal.length).toBeGreaterThan(0);
    for (const route of internal) {
      const target = route.path.replaceAll(/\{\w+\}/g, NOBODY);
      const variants = [target, `/${target}`, `/api/..${target}`, target.toUpperCase(), `${target}/`, `/api${target}`];
      for (const principal of cast.principals) {
        for (const variant of variants) {
          const verdict = { kind: 'refused', status: 404, code: 'ROUTE_NOT_FOUND' } as const;
          const each: Case = {
            ...{ name: route.id, principal, scope: 'none', verdict },
            target: variant,
            body: undefined,
          };
          const problem = wrongRefusal(each, await ask(platform.gateway, route, each));
          if (problem !== undefined) wrong.push(`${route.method} ${variant} by ${principal.name}: ${problem}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is refused what is internal at the service itself, unless it is a service', async () => {
    const wrong: string[] = [];
    for (const route of routeInventory.filter(({ callers }) => callers.includes('internal'))) {
      const origin = `http://127.0.0.1:${String(platform.ports[route.owner])}`;
      const target = route.path.replaceAll(/\{\w+\}/g, NOBODY);
      for (const principal of cast.principals) {
        const code = principal.token === undefined ? 'TOKEN_MISSING' : 'TOKEN_INVALID';
        const verdict = { kind: 'refused', status: 401, code } as const;
        const each: Case = { ...{ name: route.id, principal, scope: 'none', verdict, target }, body: undefined };
        const answer = await ask(origin, route, each);
        const problem = principal.name === 'service' ? undefined : wrongRefusal(each, answer);
        if (problem !== undefined) wrong.push(`${route.id} by ${principal.name}: ${problem}`);
        if (principal.name === 'service' && answer.status === 401) wrong.push(`${route.id} by a service: 401`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('who may', () => {
  it('is let through to what is theirs', async () => {
    const wrong: string[] = [];
    const rows = [...policies.filter(({ last }) => last !== true), ...policies.filter(({ last }) => last === true)];
    for (const policy of rows) {
      const route = routeOf(policy);
      for (const each of casesOf(policy, cast).filter(({ verdict }) => verdict.kind === 'may')) {
        const { code, status, text } = await ask(platform.gateway, route, each);
        if (!policy.then.includes(code ?? status)) wrong.push(`${each.name}: ${String(status)} ${text}`);
        if (status < 300 && policy.object?.refusal === 'empty' && text.includes('"items":[]')) {
          wrong.push(`${each.name}: an empty page`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
