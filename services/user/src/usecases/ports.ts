import type { Operation } from '@rideshare/kernel';
import type { Account, AccountChange } from '../domain/account.ts';
import type { BackoffState } from '../domain/login-backoff.ts';
import type { PresentedToken, RefreshVerdict, SessionEnd } from '../domain/session.ts';

/** An account and what its password is checked against. */
export interface Credentials {
  readonly account: Account;
  readonly passwordHash: string;
}

/** The accounts, their credentials and the record of what operators did to them. */
export interface AccountStore {
  find(accountId: string): Promise<Account | undefined>;
  findCredentials(email: string): Promise<Credentials | undefined>;
  isEmailTaken(email: string): Promise<boolean>;
  /** Writes the account, its credentials and its event, and seals the operation; the e-mail decides, whatever its case. */
  create(
    operation: Operation<Account>,
    change: AccountChange,
    passwordHash: string,
  ): Promise<'created' | 'email_taken'>;
  /**
   * Locks the account, lets `decide` say what becomes of it, writes that with its event and audit entry, ends the sessions
   * where the change says so, and seals the operation, all in one transaction. Without a change only the seal is written.
   *
   * @returns The account afterwards.
   * @throws `USER_NOT_FOUND`, and whatever `decide` throws; nothing is written then.
   */
  change(
    operation: Operation<Account>,
    accountId: string,
    decide: (account: Account) => AccountChange | undefined,
  ): Promise<Account>;
  /** Does nothing where the hash is no longer `from`. */
  replacePasswordHash(accountId: string, from: string, to: string): Promise<void>;
}

/** A session to be opened, with its first token. */
export interface NewSession {
  readonly sessionId: string;
  readonly accountId: string;
  readonly tokenHash: string;
  readonly tokenExpiresAt: Date;
  readonly expiresAt: Date;
  readonly at: Date;
}

/** A refresh token that came in, and what would take its place. */
export interface RefreshAttempt {
  readonly tokenHash: string;
  readonly successorHash: string;
  readonly fingerprint: string;
}

/** The sessions and their refresh tokens, known by their hashes alone. */
export interface SessionStore {
  /**
   * Opens a session, and ends the one unused for longest where the account has too many.
   *
   * @returns The account as it is now, or `undefined` when it may not sign in.
   */
  open(session: NewSession): Promise<Account | undefined>;
  /**
   * Serialises everybody who presents a token of the same session, and carries `decide`'s verdict out: `exchange` issues the
   * successor, `reused` ends the session.
   *
   * @returns The verdict and the account, or `undefined` for an unknown token.
   */
  refresh(
    attempt: RefreshAttempt,
    decide: (presented: PresentedToken, now: Date) => RefreshVerdict,
  ): Promise<{ readonly verdict: RefreshVerdict; readonly account: Account } | undefined>;
  /** Ends the token's session if it is one of `accountId`'s. */
  end(tokenHash: string, accountId: string, reason: SessionEnd): Promise<void>;
  /** People whose session was opened or refreshed within `withinMs`. */
  countActive(withinMs: number): Promise<number>;
  /** Deletes at most `limit` sessions and `limit` tokens that no rule looks at any more; tells how many. */
  purge(limit: number): Promise<number>;
}

/** One attempt to sign in, by digests: neither the address that was typed nor the one it came from is stored. */
export interface LoginAttempt {
  readonly accountKey: string;
  readonly addressKey: string;
}

/** The durable counts of failed sign-ins. */
export interface LoginFailureStore {
  read(attempt: LoginAttempt): Promise<BackoffState>;
  /** Counts a failure for both scopes and starts their waits. */
  failed(attempt: LoginAttempt): Promise<void>;
  /** Forgets the failures and remembers the address. */
  succeeded(attempt: LoginAttempt): Promise<void>;
  /** Deletes at most `limit` counts and `limit` addresses that no rule looks at any more; tells how many. */
  purge(limit: number): Promise<number>;
}

/** The failed sign-ins of one address on whatever accounts; kept by each process. */
export interface AddressFailures {
  /** Milliseconds until the address may try again; 0 when it may. */
  waitMs(addressKey: string): Promise<number>;
  failed(addressKey: string): Promise<void>;
}

/** Makes and checks password hashes; slow on purpose, so always inside a {@link PasswordPool}. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long without a hash as with one. */
  verify(
    passwordHash: string | undefined,
    password: string,
  ): Promise<{ readonly matches: boolean; readonly outdated: boolean }>;
}

/** Bounds how many passwords are worked on, and how many may wait. */
export interface PasswordPool {
  /** @throws `OVERLOADED` when too many wait already; `work` has not begun then. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** The passwords that are tried first because everybody knows them. */
export interface BreachedPasswords {
  has(password: string): boolean;
}

/** A refresh token and the hash it is stored by. */
export interface RefreshToken {
  readonly token: string;
  readonly hash: string;
}

/** Makes refresh tokens. */
export interface RefreshTokens {
  /** The first token of a session. */
  create(): RefreshToken;
  hash(token: string): string;
  /** Always the same for the same token, and not to be guessed without both the token and this service's secret. */
  successor(token: string): RefreshToken;
}

/** Keyed digests of what is compared but must not be stored. */
export interface Fingerprints {
  email(email: string): string;
  address(addressBlock: string): string;
  client(client: Client): string;
}

/** Issues access tokens. */
export interface AccessTokens {
  issue(account: Account): Promise<{ readonly token: string; readonly expiresInS: number }>;
}

/** A public key of access tokens, as a JWK (RFC 8037). */
export type PublicTokenKey = Readonly<{
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  kid: string;
  alg: 'EdDSA';
  use: 'sig';
}>;

/** The keys of access tokens. */
export interface TokenKeys {
  publicKeys(): readonly PublicTokenKey[];
  /** Reads the keys again if their file has changed; tells whether it had. The old ones stay where the new are unusable. */
  reload(): Promise<boolean>;
}

/** The answers kept for repeated requests. */
export interface KeptAnswers {
  /** Deletes those that are older than they are promised for; tells how many. */
  purge(): Promise<number>;
}

/** The client of a request, as far as it can be told from another. */
export interface Client {
  /** Its address, or the network that it has to itself. */
  readonly addressBlock: string;
  readonly userAgent: string;
}

/** How an attempt to sign in ended. */
export type LoginOutcome = 'succeeded' | 'wrong_credentials' | 'backed_off' | 'suspended' | 'overloaded';

/** What the business tells its operators. */
export interface Signals {
  registered(): void;
  loginEnded(outcome: LoginOutcome): void;
  refreshEnded(outcome: RefreshVerdict['outcome'] | 'unknown'): void;
}
