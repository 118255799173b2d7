import { userId } from '@rideshare/http';
import type { Principal } from '@rideshare/http';
import type { Caller } from '../usecases/caller.ts';
import type { Client } from '../usecases/ports.ts';

/** The signed-in person behind a request. */
export function callerOf(principal: Principal): Caller {
  return { userId: userId(principal), isAdmin: principal.kind === 'user' && principal.roles.includes('admin') };
}

/** The client that sent a request. */
export function clientOf(call: {
  readonly address: string;
  readonly headers: { readonly 'user-agent'?: string | undefined };
}): Client {
  return { address: call.address, userAgent: call.headers['user-agent'] ?? '' };
}
