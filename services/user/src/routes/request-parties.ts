import { addressBlock, userId } from '@rideshare/http';
import type { Principal } from '@rideshare/http';
import type { Caller } from '../usecases/caller.ts';
import type { Client } from '../usecases/ports.ts';

/** The signed-in person behind a request. */
export function callerOf(principal: Principal): Caller {
  return { userId: userId(principal), isAdmin: principal.kind === 'user' && principal.roles.includes('admin') };
}

/** The client that sent a request; who has a network of IPv6 has more addresses than can be counted one by one. */
export function clientOf(call: {
  readonly address: string;
  readonly headers: { readonly 'user-agent'?: string | undefined };
}): Client {
  return { addressBlock: addressBlock(call.address), userAgent: call.headers['user-agent'] ?? '' };
}
