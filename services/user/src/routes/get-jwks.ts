import { getJwks as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getJwks } from '../usecases/get-jwks.ts';
import type { PublicTokenKey } from '../usecases/ports.ts';

/** A key is published as `next` for longer than this before it signs, so no cache is ever caught out by it. */
const MAX_AGE_S = 60;

export function getJwksEndpoint(deps: Parameters<typeof getJwks>[0]): Endpoint {
  return endpoint<typeof route, readonly PublicTokenKey[]>(route, {
    run: () => getJwks(deps),
    respond: (keys) => ({
      status: 200,
      headers: { 'Cache-Control': `public, max-age=${String(MAX_AGE_S)}` },
      body: { keys: [...keys] },
    }),
  });
}
