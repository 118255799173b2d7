import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { envUrl, envVar, type EnvVar, Refusal } from './env.ts';
import { Secret } from './secret.ts';

// members beyond these are dropped, a private half that lies among public keys included
const publicKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string().min(1),
});
const privateKeySchema = publicKeySchema.extend({ d: z.string() });
const keySetSchema = z.object({ keys: z.array(publicKeySchema).min(1) });

/** A public Ed25519 key as JSON (RFC 8037). */
export type PublicJwk = z.infer<typeof publicKeySchema>;
/** An Ed25519 key pair as JSON; `d` is the private half. */
export type PrivateJwk = z.infer<typeof privateKeySchema>;
/** A set of public keys. */
export interface Jwks {
  readonly keys: PublicJwk[];
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // told by the caller: the reason may quote the file, and the file may be a key
    return undefined;
  }
}

function keyFile<Key, Value>(schema: z.ZodType<Key>, what: string, wrap: (key: Key) => Value): EnvVar<Value> {
  return envVar((path) => {
    const parsed = schema.safeParse(readJson(path));
    return parsed.success ? wrap(parsed.data) : new Refusal(`must be the path of a readable file with ${what}`);
  });
}

const service = (port: number) => envUrl(`http://127.0.0.1:${String(port)}`);

/** The variables of a service that calls others or is called by them. */
export const internalVars = {
  SERVICE_PRIVATE_KEY_FILE: keyFile(privateKeySchema, 'a private Ed25519 JWK that has a kid', (key) => new Secret(key)),
  SERVICE_PUBLIC_KEYS_FILE: keyFile(keySetSchema, 'a JWK set of public Ed25519 keys', (keys): Jwks => keys),
  JWKS_URL: envUrl('http://127.0.0.1:8081/.well-known/jwks.json', ['http', 'https', 'data']),
  USER_URL: service(8081),
  DRIVER_URL: service(8082),
  TRIP_URL: service(3000),
  PAYMENT_URL: service(8000),
  NOTIFICATION_URL: service(8084),
} satisfies Record<string, z.ZodType>;

/** The nested form of {@link internalVars}. */
export function internalConfig(values: { [Name in keyof typeof internalVars]: z.infer<(typeof internalVars)[Name]> }): {
  privateKey: Secret<PrivateJwk>;
  publicKeys: Jwks;
  jwksUrl: string;
  urls: { user: string; driver: string; trip: string; payment: string; notification: string };
} {
  return {
    privateKey: values.SERVICE_PRIVATE_KEY_FILE,
    publicKeys: values.SERVICE_PUBLIC_KEYS_FILE,
    jwksUrl: values.JWKS_URL,
    urls: {
      user: values.USER_URL,
      driver: values.DRIVER_URL,
      trip: values.TRIP_URL,
      payment: values.PAYMENT_URL,
      notification: values.NOTIFICATION_URL,
    },
  };
}
