import { randomUUID } from 'node:crypto';
import { login, refreshSession, registerUser } from '@rideshare/contracts';
import { ApiError } from './api.ts';
import type { Api } from './api.ts';

/** A token is renewed this long before it runs out. */
const RENEW_BEFORE_MS = 120_000;

/** A signed-in person. */
export interface Session {
  readonly userId: string;
  /** A valid access token, renewed when it is about to run out. */
  token(): Promise<string>;
  /** Renews at once: for roles that were just gained. */
  renew(): Promise<void>;
}

/** Somebody with an account. */
export interface Person {
  readonly email: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** Signs in. */
export async function signIn(api: Api, { email, password }: Pick<Person, 'email' | 'password'>): Promise<Session> {
  let current = await api.call(login, { body: { email, password } });
  let renewAt = performance.now() + current.expiresIn * 1000 - RENEW_BEFORE_MS;
  let renewing: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    current = await api
      .call(refreshSession, { body: { refreshToken: current.refreshToken } })
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 401) return api.call(login, { body: { email, password } });
        throw error;
      });
    renewAt = performance.now() + current.expiresIn * 1000 - RENEW_BEFORE_MS;
  };
  const renewOnce = (): Promise<void> => {
    renewing ??= renew().finally(() => (renewing = undefined));
    return renewing;
  };
  return {
    userId: current.user.id,
    async token() {
      if (performance.now() >= renewAt) await renewOnce();
      return current.accessToken;
    },
    renew: renewOnce,
  };
}

/** Opens an account, or signs in where an earlier run with the same seed has opened it. */
export async function signUp(api: Api, person: Person): Promise<Session> {
  await api.call(registerUser, { body: person, idempotencyKey: randomUUID() }).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'EMAIL_TAKEN') throw error;
  });
  return signIn(api, person);
}
