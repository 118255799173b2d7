import type { Clock, Ids } from '@rideshare/kernel';
import type { Metrics } from '@rideshare/observability';
import type { Database } from '@rideshare/postgres';
import type { UserDeps } from './app.ts';
import type { UserConfig } from './config.ts';
import { createAccessTokens } from './keys/access-tokens.ts';
import { createFingerprints } from './keys/fingerprints.ts';
import { createRefreshTokens } from './keys/refresh-tokens.ts';
import { openTokenKeys } from './keys/token-keys.ts';
import type { SigningTokenKeys } from './keys/token-keys.ts';
import { ACTIVE_WITHIN_MS, createSignals, exposeGauges } from './metrics.ts';
import { createAddressFailures } from './passwords/address-failures.memory.ts';
import { loadBreachedPasswords } from './passwords/breached-passwords.ts';
import { createPasswordPool } from './passwords/password-pool.ts';
import { createPasswords } from './passwords/passwords.argon2.ts';
import { createAccountStore } from './store/account-store.pg.ts';
import { createLoginFailureStore } from './store/login-failure-store.pg.ts';
import { createSessionStore } from './store/session-store.pg.ts';

/** What stands behind every port of the use cases; holds nothing that has to be closed. */
export async function createAdapters(platform: {
  readonly config: UserConfig;
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly metrics: Metrics;
}): Promise<UserDeps & { readonly tokenKeys: SigningTokenKeys }> {
  const { config, database, clock, ids, metrics } = platform;
  const secret = config.refreshTokenSecret.reveal();
  const tokenKeys = await openTokenKeys(config.tokenKeysFile, clock);
  const sessions = createSessionStore(database);
  const passwordPool = createPasswordPool({ ...config.passwordPool, clock });
  exposeGauges(metrics, {
    activeUsers: () => sessions.countActive(ACTIVE_WITHIN_MS),
    passwordsWaiting: () => passwordPool.waiting(),
  });
  return {
    accounts: createAccountStore(database),
    sessions,
    loginFailures: createLoginFailureStore(database),
    addressFailures: createAddressFailures({ failuresMax: config.addressFailuresMax }),
    passwords: await createPasswords(),
    passwordPool,
    breachedPasswords: await loadBreachedPasswords(),
    tokenKeys,
    accessTokens: createAccessTokens({ tokenKeys, clock, ids }),
    refreshTokens: createRefreshTokens(secret),
    fingerprints: createFingerprints(secret),
    sessionPolicy: config.sessionPolicy,
    signals: createSignals(metrics),
  };
}
