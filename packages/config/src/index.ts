export { baseConfig, baseVars } from './base.ts';
export type { Environment, LogLevel } from './base.ts';
export { databaseConfig, databaseVars } from './database.ts';
export { configInvalid, defineConfig } from './define-config.ts';
export type { ConfigDefinition } from './define-config.ts';
export {
  envBool,
  envChoice,
  envDurationMs,
  envInt,
  envList,
  envPort,
  envRefused,
  envSecret,
  envText,
  envUrl,
  envVar,
  Refusal,
} from './env.ts';
export type { EnvVar } from './env.ts';
export { logConfig, logVars } from './event-log.ts';
export { internalConfig, internalVars } from './internal.ts';
export type { Jwks, PrivateJwk, PublicJwk } from './internal.ts';
export { Secret } from './secret.ts';
