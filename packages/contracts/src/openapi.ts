import { z } from 'zod';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { healthSchema } from './http/health.ts';
import { problemSchema } from './primitives.ts';
import type { Route } from './route.ts';

const STATUS_TEXT: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No content' };
const HEALTH_PATHS = ['/health', '/health/live', '/health/ready', '/health/startup'];

const idempotencyKeyHeader = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .meta({ description: 'Repeating a request with its key repeats the answer, not the effect. Kept for 72 hours.' });

function isPublic(route: Route): boolean {
  return !route.callers.includes('internal');
}

function successes(route: Route): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, schema]) => {
      const mediaType = route.id === 'openStream' ? 'text/event-stream' : 'application/json';
      const description = STATUS_TEXT[Number(status)] ?? 'Success';
      return [status, schema === null ? { description } : { description, content: { [mediaType]: { schema } } }];
    }),
  );
}

function operation(route: Route): ZodOpenApiOperationObject {
  const anonymous = route.callers.includes('anyone') || route.callers.includes('signed');
  const codes = route.errors.length > 0 ? ` Codes of its own: ${route.errors.join(', ')}.` : '';
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    description: `Callers: ${route.callers.join(', ')}.${codes}`,
    security: anonymous ? [] : [{ accessToken: [] }],
    requestParams: {
      ...(route.path.includes('{') ? { path: route.params as z.ZodObject } : {}),
      ...(route.method === 'GET' ? { query: route.query as z.ZodObject } : {}),
      ...(route.idempotency === 'none' ? {} : { header: z.object({ 'Idempotency-Key': idempotencyKeyHeader }) }),
    },
    ...(route.body ? { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } } : {}),
    responses: {
      ...successes(route),
      default: {
        description: 'A refusal or a failure',
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    },
  };
}

function healthPaths(): ZodOpenApiPathsObject {
  return Object.fromEntries(
    HEALTH_PATHS.map((path) => [
      path,
      {
        get: {
          operationId: `get${path.replaceAll(/\/(\w)/g, (_match, letter: string) => letter.toUpperCase())}`,
          summary: 'Health of the service that answers',
          tags: ['Operations'],
          security: [],
          responses: {
            200: {
              description: 'Healthy or degraded',
              content: { 'application/json': { schema: path === '/health' ? healthSchema : z.looseObject({}) } },
            },
            503: { description: 'Unhealthy', content: { 'application/json': { schema: z.looseObject({}) } } },
          },
        },
      },
    ]),
  );
}

/** The OpenAPI 3.1 document of `routes`; internal ones are left out. */
export function buildOpenApi(
  routes: readonly Route[],
  info: { readonly title: string; readonly version: string },
): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes.filter(isPublic)) {
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    paths[route.path] = { ...paths[route.path], [method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths: { ...paths, ...healthPaths() },
    components: {
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  });
}
