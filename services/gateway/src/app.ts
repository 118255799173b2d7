import { buildOpenApi, openStream, routeInventory } from '@rideshare/contracts';
import type { Owner } from '@rideshare/contracts';
import { bySpecificity, createErrorHandler, expressPath, installEdge, installFallbacks } from '@rideshare/http';
import type { EdgeDeps } from '@rideshare/http';
import express from 'express';
import type { Express, RequestHandler } from 'express';
import { makeCors } from './routes/cors.ts';
import { makeOpenStream } from './routes/open-stream.ts';
import type { OpenStreamDeps } from './routes/open-stream.ts';
import { installPages } from './routes/pages.ts';
import type { PageDeps } from './routes/pages.ts';
import { makeProxiedRoute } from './routes/proxied-route.ts';
import type { GuardDeps } from './routes/proxied-route.ts';

/** What the app is built from. */
export interface AppDeps extends EdgeDeps, GuardDeps, OpenStreamDeps {
  readonly proxies: ReadonlyMap<Owner, RequestHandler>;
  readonly version: string;
  /** Proxies in front of the gateway that may tell the caller's address; none by default. */
  readonly trustProxy: readonly string[];
  /** Web apps that may call from a browser. */
  readonly corsOrigins: readonly string[];
  readonly pages: PageDeps;
}

const publicRoutes = routeInventory.filter(({ callers }) => !callers.includes('internal'));

/** The public origin: every public route of the inventory, and the gateway's own. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.set('trust proxy', [...deps.trustProxy]);
  installEdge(app, deps);
  app.use(makeCors(deps.corsOrigins));
  const document = buildOpenApi(publicRoutes, { title: 'Rideshare', version: deps.version });
  app.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  for (const route of publicRoutes.toSorted(bySpecificity)) {
    const proxy = deps.proxies.get(route.owner);
    if (!proxy) continue;
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    app[method](expressPath(route.path), makeProxiedRoute(route, proxy, deps));
  }
  app.get(openStream.path, makeOpenStream(deps));
  installPages(app, deps.pages);
  installFallbacks(app, publicRoutes);
  app.use(createErrorHandler(deps.logger));
  return app;
}
