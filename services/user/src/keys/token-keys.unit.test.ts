import { afterEach, describe, expect, it } from '@jest/globals';
import { systemIds } from '@rideshare/kernel/system';
import { decodeProtectedHeader } from 'jose';
import { tokenKey, tokenKeyFile } from '../../test/support/token-key-file.ts';
import type { TokenKeyFile } from '../../test/support/token-key-file.ts';
import { registerAccount } from '../domain/account.ts';
import { createAccessTokens, createOwnTokenVerifier } from './access-tokens.ts';
import { openTokenKeys } from './token-keys.ts';

let nowMs = Date.parse('2026-03-01T12:00:00Z');
const clock = { now: () => new Date(nowMs) };
const { account } = registerAccount({
  id: '019527a0-0000-7000-8000-000000000001',
  email: 'rita@example.com',
  profile: { firstName: 'Rita', lastName: 'Rocha', phone: null },
  roles: ['rider', 'driver'],
  at: clock.now(),
});

let file: TokenKeyFile | undefined;
const withKeys = (...keys: readonly unknown[]): TokenKeyFile => (file = tokenKeyFile({ keys }));

afterEach(() => file?.remove());

describe('openTokenKeys', () => {
  it('publishes every key without its private half, and signs with the newest active one', async () => {
    const { d: _secret, ...retired } = tokenKey('retired', { status: 'retired' });
    const { path } = withKeys(tokenKey('active'), tokenKey('coming', { status: 'next' }), retired);
    const keys = await openTokenKeys(path, clock);
    expect(keys.publicKeys().map(({ kid }) => kid)).toEqual(['active', 'coming', 'retired']);
    expect(keys.publicKeys().every((key) => !('d' in key))).toBe(true);
    expect(keys.signing().kid).toBe('active');
  });

  it.each([
    ['no file', undefined, 'must be the path of a readable file'],
    ['no JSON', '{', 'must be JSON'],
    ['no key', { keys: [] }, 'keys: '],
    ['a key of another kind', { keys: [{ ...tokenKey('a'), kty: 'RSA' }] }, 'keys.0.kty: '],
    ['an active key without its private half', { keys: [{ ...tokenKey('a'), d: undefined }] }, 'needs d'],
    ['two keys of one name', { keys: [tokenKey('a'), tokenKey('a')] }, 'same kid'],
    ['no key that has begun', { keys: [tokenKey('a', { status: 'next' })] }, 'no active key'],
    ['halves that do not belong together', { keys: [{ ...tokenKey('a'), x: tokenKey('b')['x'] }] }, 'no Ed25519 key'],
  ])('with %s, is refused by the rule and without the content', async (_situation, content, detail) => {
    file = tokenKeyFile(content ?? '');
    if (content === undefined) file.remove();
    const refusal = await openTokenKeys(file.path, clock).then(
      () => undefined,
      (error: unknown) => error as { code: string; fields: { pointer: string; detail: string }[] },
    );
    expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', fields: [{ pointer: 'TOKEN_KEYS_FILE' }] });
    expect(refusal?.fields[0]?.detail).toContain(detail);
  });

  it('when the file is replaced, takes the new keys over once', async () => {
    const first = tokenKey('first');
    const { path, write } = withKeys(first);
    const keys = await openTokenKeys(path, clock);
    expect(await keys.reload()).toBe(false);
    write({ keys: [{ ...first, status: 'retired' }, tokenKey('second')] });
    expect(await keys.reload()).toBe(true);
    expect(await keys.reload()).toBe(false);
    expect(keys.signing().kid).toBe('second');
  });

  it('when the new file is broken, complains once and keeps the old keys', async () => {
    const { path, write } = withKeys(tokenKey('first'));
    const keys = await openTokenKeys(path, clock);
    write('broken');
    await expect(keys.reload()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await keys.reload()).toBe(false);
    expect(keys.signing().kid).toBe('first');
  });
});

describe('access tokens', () => {
  it('name the person, the roles and the signing key, and are valid for 900 s', async () => {
    const tokenKeys = await openTokenKeys(withKeys(tokenKey('first')).path, clock);
    const { token, expiresInS } = await createAccessTokens({ tokenKeys, clock, ids: systemIds }).issue(account);
    expect(expiresInS).toBe(900);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid: 'first', typ: 'at+jwt' });
    const verifier = createOwnTokenVerifier({ tokenKeys, clock });
    expect(await verifier.verify(token)).toEqual({ kind: 'user', userId: account.id, roles: ['rider', 'driver'] });
    const issuedAtMs = nowMs;
    nowMs += 960_000;
    const expired = createOwnTokenVerifier({ tokenKeys, clock }).verify(token);
    nowMs = issuedAtMs;
    await expect(expired).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('outlive the rotation of their key while it is published, and no longer', async () => {
    const first = tokenKey('first');
    const { path, write } = withKeys(first);
    const tokenKeys = await openTokenKeys(path, clock);
    const tokens = createAccessTokens({ tokenKeys, clock, ids: systemIds });
    const verifier = createOwnTokenVerifier({ tokenKeys, clock });
    const old = (await tokens.issue(account)).token;
    write({ keys: [{ ...first, status: 'retired' }, tokenKey('second')] });
    await tokenKeys.reload();
    const fresh = (await tokens.issue(account)).token;
    await expect(verifier.verify(old)).resolves.toMatchObject({ userId: account.id });
    await expect(verifier.verify(fresh)).resolves.toMatchObject({ userId: account.id });
    write({ keys: [tokenKey('second')] });
    await tokenKeys.reload();
    await expect(verifier.verify(old)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });
});
