import { createServiceApp } from '@rideshare/http';
import type { ServiceAppOptions } from '@rideshare/http';
import type { Express } from 'express';
import { deactivateUserEndpoint } from './routes/deactivate-user.ts';
import { getJwksEndpoint } from './routes/get-jwks.ts';
import { getPreferencesEndpoint } from './routes/get-preferences.ts';
import { getUserEndpoint } from './routes/get-user.ts';
import { grantRoleEndpoint } from './routes/grant-role.ts';
import { loginEndpoint } from './routes/login.ts';
import { logoutEndpoint } from './routes/logout.ts';
import { refreshSessionEndpoint } from './routes/refresh-session.ts';
import { registerUserEndpoint } from './routes/register-user.ts';
import { replacePreferencesEndpoint } from './routes/replace-preferences.ts';
import { replaceUserEndpoint } from './routes/replace-user.ts';
import { suspendUserEndpoint } from './routes/suspend-user.ts';

/** Everything the routes' use cases ask for. */
export type UserDeps = Parameters<typeof loginEndpoint>[0] &
  Parameters<typeof registerUserEndpoint>[0] &
  Parameters<typeof getJwksEndpoint>[0];

/** The user service's HTTP face. */
export function createApp(deps: UserDeps, options: Omit<ServiceAppOptions, 'endpoints'>): Express {
  return createServiceApp({
    ...options,
    endpoints: [
      registerUserEndpoint(deps),
      loginEndpoint(deps),
      refreshSessionEndpoint(deps),
      logoutEndpoint(deps),
      getJwksEndpoint(deps),
      getUserEndpoint(deps),
      replaceUserEndpoint(deps),
      deactivateUserEndpoint(deps),
      suspendUserEndpoint(deps),
      getPreferencesEndpoint(deps),
      replacePreferencesEndpoint(deps),
      grantRoleEndpoint(deps),
    ],
  });
}
