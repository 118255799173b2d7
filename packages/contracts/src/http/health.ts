import { z } from 'zod';
import { timestampSchema } from '../primitives.ts';

const checkSchema = z.object({ status: z.enum(['healthy', 'unhealthy']), responseTimeMs: z.number() });

/** What `/health` answers: 200 for healthy and degraded, 503 for unhealthy. */
export const healthSchema = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    timestamp: timestampSchema,
    service: z.string(),
    version: z.string(),
    checks: z.object({
      database: checkSchema.optional(),
      cache: checkSchema.optional(),
      external_apis: z.array(checkSchema.extend({ name: z.string() })),
    }),
  })
  .meta({ id: 'Health' });
/** The health document of a service. */
export type Health = z.infer<typeof healthSchema>;
