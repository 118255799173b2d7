import type { z } from 'zod';
import { envRefused, envVar, Refusal } from './env.ts';

/** The variables of a process that publishes or consumes events. */
export const logVars = {
  KAFKA_BROKERS: envRefused('is not available yet: leave it unset, events travel through the log in PostgreSQL'),
  KAFKA_TOPIC_PREFIX: envVar(
    (text) => (/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(text) ? text : new Refusal('must be 1 to 64 of A-Z a-z 0-9 . _ -')),
    { value: 'rideshare' },
  ),
} satisfies Record<string, z.ZodType>;

/** The nested form of {@link logVars}. */
export function logConfig(values: { [Name in keyof typeof logVars]: z.infer<(typeof logVars)[Name]> }): {
  topicPrefix: string;
} {
  return { topicPrefix: values.KAFKA_TOPIC_PREFIX };
}
