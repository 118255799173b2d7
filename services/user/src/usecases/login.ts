import { isAppError } from '@rideshare/kernel';
import type { Account } from '../domain/account.ts';
import { invalidCredentials, loginBackoff, userSuspended } from '../domain/errors.ts';
import { backoffS } from '../domain/login-backoff.ts';
import { sessionExpiry, tokenExpiry } from '../domain/session.ts';
import type { SessionPolicy } from '../domain/session.ts';
import type {
  AccessTokens,
  AccountStore,
  AddressFailures,
  Client,
  Credentials,
  Fingerprints,
  LoginAttempt,
  LoginFailureStore,
  LoginOutcome,
  PasswordPool,
  Passwords,
  RefreshTokens,
  SessionStore,
  Signals,
} from './ports.ts';

export interface LoginDeps {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly loginFailures: LoginFailureStore;
  readonly addressFailures: AddressFailures;
  readonly passwords: Passwords;
  readonly passwordPool: PasswordPool;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly fingerprints: Fingerprints;
  readonly sessionPolicy: SessionPolicy;
  readonly signals: Signals;
}

export interface Login {
  readonly email: string;
  readonly password: string;
  readonly client: Client;
  readonly at: Date;
  readonly sessionId: string;
}

/** A signed-in person's tokens. */
export interface Session {
  readonly accessToken: string;
  readonly expiresInS: number;
  readonly refreshToken: string;
  readonly account: Account;
}

/** Signs a person in, or tells how long to wait after too many failures. */
export async function login(deps: LoginDeps, command: Login): Promise<Session> {
  try {
    const session = await attemptLogin(deps, command);
    deps.signals.loginEnded('succeeded');
    return session;
  } catch (error) {
    const outcome = isAppError(error) ? OUTCOME_OF_CODE[error.code] : undefined;
    if (outcome) deps.signals.loginEnded(outcome);
    throw error;
  }
}

const OUTCOME_OF_CODE: Readonly<Partial<Record<string, LoginOutcome>>> = {
  INVALID_CREDENTIALS: 'wrong_credentials',
  LOGIN_BACKOFF: 'backed_off',
  USER_SUSPENDED: 'suspended',
  OVERLOADED: 'overloaded',
};

async function attemptLogin(deps: LoginDeps, command: Login): Promise<Session> {
  const attempt: LoginAttempt = {
    accountKey: deps.fingerprints.email(command.email),
    addressKey: deps.fingerprints.address(command.client.addressBlock),
  };
  // asked before queueing, so that whoever has to wait takes no place in the pool
  await refuseWhileBackedOff(deps, attempt);
  const credentials = await deps.accounts.findCredentials(command.email);
  const matches = await deps.passwordPool.run(async () => {
    // asked again: attempts that queued together would otherwise all be let through by the count of the first
    await refuseWhileBackedOff(deps, attempt);
    return checkPassword(deps, credentials, command.password, attempt);
  });
  if (!matches || !credentials) throw invalidCredentials();
  await deps.loginFailures.succeeded(attempt);
  if (credentials.account.status === 'suspended') throw userSuspended();
  return openSession(deps, credentials.account.id, command);
}

async function refuseWhileBackedOff(deps: LoginDeps, attempt: LoginAttempt): Promise<void> {
  const state = await deps.loginFailures.read(attempt);
  const waitS = backoffS(state, await deps.addressFailures.waitMs(attempt.addressKey));
  if (waitS > 0) throw loginBackoff(waitS);
}

/** Whether the pair is right; whatever is wrong with it costs the same time and counts as the same failure. */
async function checkPassword(
  deps: LoginDeps,
  credentials: Credentials | undefined,
  password: string,
  attempt: LoginAttempt,
): Promise<boolean> {
  const { matches, outdated } = await deps.passwords.verify(credentials?.passwordHash, password);
  if (!matches || !credentials || credentials.account.status === 'deactivated') {
    await deps.addressFailures.failed(attempt.addressKey);
    await deps.loginFailures.failed(attempt);
    return false;
  }
  if (outdated) {
    const renewed = await deps.passwords.hash(password);
    await deps.accounts.replacePasswordHash(credentials.account.id, credentials.passwordHash, renewed);
  }
  return true;
}

async function openSession(deps: LoginDeps, accountId: string, command: Login): Promise<Session> {
  const { token, hash } = deps.refreshTokens.create();
  const expiresAt = sessionExpiry(command.at, deps.sessionPolicy);
  const account = await deps.sessions.open({
    sessionId: command.sessionId,
    accountId,
    tokenHash: hash,
    tokenExpiresAt: tokenExpiry(command.at, expiresAt, deps.sessionPolicy),
    expiresAt,
    at: command.at,
  });
  // suspended or closed while the password was being checked
  if (!account) throw invalidCredentials();
  const access = await deps.accessTokens.issue(account);
  return { accessToken: access.token, expiresInS: access.expiresInS, refreshToken: token, account };
}
