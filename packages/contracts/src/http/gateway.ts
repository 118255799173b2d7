import { z } from 'zod';
import { emptySchema } from '../primitives.ts';
import { defineRoute } from '../route.ts';

/** Server-sent events; the body is a stream and therefore not described by a schema. */
export const openStream = defineRoute({
  id: 'openStream',
  owner: 'gateway',
  tag: 'Live',
  method: 'GET',
  path: '/api/stream',
  callers: ['user'],
  summary:
    'Live hints as server-sent events: trip.updated, trip.offer, driver.location, notification; Last-Event-ID resumes',
  params: emptySchema,
  query: z.strictObject({}),
  body: null,
  responses: { 200: z.string() },
});
