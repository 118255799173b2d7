import { z } from 'zod';
import { emptySchema, idSchema, roleSchema, timestampSchema } from '../primitives.ts';
import { defineRoute } from '../route.ts';

const nameSchema = z.string().trim().min(1).max(80);
const phoneSchema = z.string().regex(/^\+[1-9]\d{6,14}$/, 'an E.164 number such as +351912345678');
const emailSchema = z.email().max(254);
const selfParams = z.strictObject({ id: idSchema });

export const userSchema = z
  .object({
    id: idSchema,
    email: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    phone: z.string().nullable(),
    roles: z.array(roleSchema),
    status: z.enum(['active', 'suspended', 'deactivated']),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'User' });

export const sessionSchema = z
  .object({
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int(),
    refreshToken: z.string(),
    user: userSchema,
  })
  .meta({ id: 'Session' });

export const preferencesSchema = z
  .strictObject({
    language: z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/),
    currency: z.string().regex(/^[A-Z]{3}$/),
    notifications: z.strictObject({ email: z.boolean(), sms: z.boolean(), push: z.boolean() }),
    accessibility: z.array(z.enum(['wheelchair', 'hearing', 'vision', 'service_animal'])).max(4),
  })
  .meta({ id: 'Preferences' });

const user = { owner: 'user', tag: 'Users', query: emptySchema } as const;
const auth = { owner: 'user', tag: 'Authentication', query: emptySchema, params: emptySchema } as const;

export const registerUser = defineRoute({
  ...user,
  id: 'registerUser',
  method: 'POST',
  path: '/api/users',
  callers: ['anyone'],
  rateClass: 'anonymous_auth',
  summary: 'Open an account',
  params: emptySchema,
  body: z.strictObject({
    email: emailSchema,
    password: z.string().min(8).max(128),
    firstName: nameSchema,
    lastName: nameSchema,
    phone: phoneSchema.optional(),
  }),
  responses: { 201: userSchema },
  errors: ['EMAIL_TAKEN', 'PASSWORD_BREACHED'],
});

export const login = defineRoute({
  ...auth,
  id: 'login',
  method: 'POST',
  path: '/api/auth/login',
  callers: ['anyone'],
  rateClass: 'anonymous_auth',
  idempotency: 'none',
  summary: 'Sign in',
  body: z.strictObject({ email: z.string().min(1).max(254), password: z.string().min(1).max(128) }),
  responses: { 200: sessionSchema },
  errors: ['INVALID_CREDENTIALS', 'LOGIN_BACKOFF', 'USER_SUSPENDED'],
});

export const refreshSession = defineRoute({
  ...auth,
  id: 'refreshSession',
  method: 'POST',
  path: '/api/auth/refresh',
  callers: ['anyone'],
  rateClass: 'anonymous_auth',
  idempotency: 'none',
  summary: 'Exchange a refresh token for its successor and a new access token',
  body: z.strictObject({ refreshToken: z.string().min(1).max(512) }),
  responses: { 200: sessionSchema },
  errors: ['REFRESH_TOKEN_INVALID', 'REFRESH_TOKEN_REUSED'],
});

export const logout = defineRoute({
  ...auth,
  id: 'logout',
  method: 'POST',
  path: '/api/auth/logout',
  callers: ['user'],
  idempotency: 'none',
  summary: 'End the session of a refresh token',
  body: z.strictObject({ refreshToken: z.string().min(1).max(512) }),
  responses: { 204: null },
});

export const getJwks = defineRoute({
  ...auth,
  id: 'getJwks',
  method: 'GET',
  path: '/.well-known/jwks.json',
  callers: ['anyone'],
  summary: 'Public keys of access tokens',
  body: null,
  responses: { 200: z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) }) },
});

export const getUser = defineRoute({
  ...user,
  id: 'getUser',
  method: 'GET',
  path: '/api/users/{id}',
  callers: ['user'],
  ownership: 'self',
  overrides: ['admin'],
  summary: 'Read an account',
  params: selfParams,
  body: null,
  responses: { 200: userSchema },
  errors: ['USER_NOT_FOUND'],
});

export const replaceUser = defineRoute({
  ...user,
  id: 'replaceUser',
  method: 'PUT',
  path: '/api/users/{id}',
  callers: ['user'],
  ownership: 'self',
  overrides: ['admin'],
  summary: 'Replace the editable profile; an absent optional field is cleared',
  params: selfParams,
  body: z.strictObject({ firstName: nameSchema, lastName: nameSchema, phone: phoneSchema.optional() }),
  responses: { 200: userSchema },
  errors: ['USER_NOT_FOUND', 'USER_DEACTIVATED'],
});

export const deactivateUser = defineRoute({
  ...user,
  id: 'deactivateUser',
  method: 'DELETE',
  path: '/api/users/{id}',
  callers: ['user'],
  ownership: 'self',
  overrides: ['admin'],
  summary: 'Close an account; its sessions end',
  params: selfParams,
  body: null,
  responses: { 204: null },
  errors: ['USER_NOT_FOUND'],
});

export const suspendUser = defineRoute({
  ...user,
  id: 'suspendUser',
  method: 'PUT',
  path: '/api/users/{id}/suspension',
  callers: ['admin'],
  summary: 'Suspend an account or lift its suspension; suspending ends sessions and takes the driver offline',
  params: selfParams,
  body: z.strictObject({ suspended: z.boolean(), reason: z.string().trim().min(1).max(500) }),
  responses: { 200: userSchema },
  errors: ['USER_NOT_FOUND', 'USER_DEACTIVATED'],
});

export const getPreferences = defineRoute({
  ...user,
  id: 'getPreferences',
  method: 'GET',
  path: '/api/users/{id}/preferences',
  callers: ['user'],
  ownership: 'self',
  summary: 'Read preferences',
  params: selfParams,
  body: null,
  responses: { 200: preferencesSchema },
  errors: ['USER_NOT_FOUND'],
});

export const replacePreferences = defineRoute({
  ...user,
  id: 'replacePreferences',
  method: 'PUT',
  path: '/api/users/{id}/preferences',
  callers: ['user'],
  ownership: 'self',
  summary: 'Replace preferences',
  params: selfParams,
  body: preferencesSchema,
  responses: { 200: preferencesSchema },
  errors: ['USER_NOT_FOUND', 'USER_DEACTIVATED'],
});

export const grantRole = defineRoute({
  ...user,
  id: 'grantRole',
  method: 'POST',
  path: '/internal/users/{id}/roles',
  callers: ['internal'],
  rateClass: 'none',
  summary: 'Give a person a role; a repeat changes nothing',
  params: selfParams,
  body: z.strictObject({ role: z.enum(['driver']) }),
  responses: { 200: userSchema },
  errors: ['USER_NOT_FOUND', 'USER_DEACTIVATED'],
});
