import { buildOpenApi, openStream, routeInventory } from '@rideshare/contracts';
import type { Owner } from '@rideshare/contracts';
import {
  bySpecificity,
  createErrorHandler,
  expressPath,
  installEdge,
  installFallbacks,
  refuseOtherMethods,
} from '@rideshare/http';
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
  const routes = publicRoutes.toSorted(bySpecificity);
  for (const [path, siblings] of Map.groupBy(routes, (route) => route.path)) {
    for (const route of siblings) {
      const proxy = deps.proxies.get(route.owner);
      const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
      if (proxy) app[method](expressPath(path), makeProxiedRoute(route, proxy, deps));
      else if (route === openStream) app.get(path, makeOpenStream(deps));
    }
    // at once, so that a wrong method on /payments/refund is not taken for a payment called refund
    refuseOtherMethods(app, path, siblings);
  }
  installPages(app, deps.pages);
  installFallbacks(app);
  app.use(createErrorHandler(deps.logger));
  return app;
}
