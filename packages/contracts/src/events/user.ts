import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { idSchema, roleSchema } from '../primitives.ts';

const profile = {
  userId: idSchema,
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  phone: z.string().nullable(),
  roles: z.array(roleSchema),
  status: z.enum(['active', 'suspended', 'deactivated']),
  language: z.string(),
  notifications: z.object({ email: z.boolean(), sms: z.boolean(), push: z.boolean() }),
};
const user = { version: 1, topic: 'user.events', key: 'userId', stream: { kind: 'user', id: 'userId' } } as const;

export const userRegistered = defineEvent({
  ...user,
  type: 'user.registered',
  summary: 'An account was opened.',
  data: z.object(profile),
});

export const userUpdated = defineEvent({
  ...user,
  type: 'user.updated',
  summary: 'The profile, the preferences, the roles or the suspension changed; carries the whole account.',
  data: z.object(profile),
});

export const userDeactivated = defineEvent({
  ...user,
  type: 'user.deactivated',
  terminal: true,
  summary: 'The account was closed; its sessions have ended.',
  data: z.object({ userId: idSchema, by: z.enum(['self', 'admin']) }),
});
