import { request } from 'node:http';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { problemSchema } from '@rideshare/contracts';
import { newDriver, goOffline } from './support/client.ts';
import type { Actor } from './support/client.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { NOBODY } from './support/scene.ts';
import { attacksAsService } from './support/service-token-attacks.ts';
import { attacksOn, controlsFor } from './support/token-attacks.ts';
import type { Attack } from './support/token-workshop.ts';

/** Forgeries that have to be tried, at the least. */
const ATTACKS_MIN = 60;

let platform: Platform;
let victim: Actor;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Not by fetch, which joins headers of one name. */
function ask(
  origin: string,
  target: string,
  { authorization, headers = {}, query }: Omit<Attack, 'name'>,
): Promise<Answer> {
  const url = new URL(query === undefined ? target : `${target}?${query}`, origin);
  return new Promise((resolve, reject) => {
    const fields = [
      ...Object.entries(headers),
      ...authorization.map((value): [string, string] => ['Authorization', value]),
    ];
    const asked = request(url, { headers: ['Host', url.host, ...fields.flat()], agent: false }, (response) => {
      const answered = (text: string) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      };
      if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
        answered('a stream');
        asked.destroy();
        return;
      }
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        answered(text);
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Why an answer is not the refusal of a token; nothing if it is. */
function wrongRefusal({ headers, status, text }: Answer): string | undefined {
  if (status !== 401) return `${String(status)} ${text}`;
  if (headers['content-type'] !== 'application/problem+json') return `of type ${String(headers['content-type'])}`;
  if (!String(headers['www-authenticate']).startsWith('Bearer')) return 'without WWW-Authenticate';
  const { code, detail } = problemSchema.parse(JSON.parse(text));
  if (code !== 'TOKEN_INVALID' && code !== 'TOKEN_MISSING') return code;
  // why a token is refused is nobody's business
  return /signature|expired|audience|issuer|kid|jw/i.test(detail) ? `it tells too much: ${detail}` : undefined;
}

/** A request of every service that takes the tokens of people, to its own port, and of each of them by the gateway. */
function doors(): readonly (readonly [name: string, origin: string, target: string])[] {
  const at = (service: string) => `http://127.0.0.1:${String(platform.ports[service])}`;
  const targets: readonly (readonly [string, string])[] = [
    ['user', `/api/users/${victim.id}`],
    ['driver', `/api/drivers/${victim.id}`],
    ['trip', '/api/trips/history'],
    ['payment', '/api/payments/methods'],
    ['notification', '/api/notifications'],
  ];
  return [
    ['gateway', platform.gateway, `/api/users/${victim.id}`],
    ['gateway’s stream', platform.gateway, '/api/stream'],
    ...targets.map(([service, target]) => [service, at(service), target] as const),
  ];
}

async function taken(attacks: readonly Attack[], origin: string, target: string): Promise<string[]> {
  const found = await Promise.all(
    attacks.map(async (attack) => {
      const problem = wrongRefusal(await ask(origin, target, attack));
      return problem === undefined ? [] : [`${attack.name}: ${problem}`];
    }),
  );
  return found.flat();
}

beforeAll(async () => {
  platform = await startPlatform();
  victim = await newDriver(platform);
  await goOffline(platform, victim);
}, 180_000);

describe('a token that is no person’s', () => {
  it('is refused at every door, in the same words', async () => {
    const attacks = attacksOn(platform, victim.id);
    expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length);
    expect(attacks.length).toBeGreaterThanOrEqual(ATTACKS_MIN);
    const wrong: string[] = [];
    for (const [name, origin, target] of doors()) {
      for (const problem of await taken(attacks, origin, target)) wrong.push(`${name}, ${problem}`);
    }
    expect(wrong).toEqual([]);
  });

  it('is refused after the good one of the same person was taken', async () => {
    const [, good = ''] = controlsFor(platform, victim.id)[0] ?? [];
    const [head, claims, signature = ''] = good.split('.');
    const cut = `${String(head)}.${String(claims)}.${signature.slice(0, -2)}AA`;
    for (const [name, origin, target] of doors().filter(([name]) => !name.includes('stream'))) {
      expect([name, (await ask(origin, target, { authorization: [good] })).status]).toEqual([name, 200]);
      expect([name, wrongRefusal(await ask(origin, target, { authorization: [cut] }))]).toEqual([name, undefined]);
    }
  });
});

describe('a token that is no service’s', () => {
  it('opens nothing internal', async () => {
    const attacks = attacksAsService(platform, victim.id);
    const wrong: string[] = [];
    for (const [service, target] of [
      ['trip', `/internal/trips/${NOBODY}`],
      ['payment', `/internal/riders/${NOBODY}/standing`],
    ] as const) {
      const origin = `http://127.0.0.1:${String(platform.ports[service])}`;
      for (const problem of await taken(attacks, origin, target)) wrong.push(`${service}, ${problem}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('a token that only looks wrong', () => {
  it('is taken at every door', async () => {
    const wrong: string[] = [];
    for (const [name, origin, target] of doors().filter(([name]) => !name.includes('stream'))) {
      for (const [what, authorization] of controlsFor(platform, victim.id)) {
        const { status, text } = await ask(origin, target, { authorization: [authorization] });
        if (status !== 200) wrong.push(`${name}, ${what}: ${String(status)} ${text}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
