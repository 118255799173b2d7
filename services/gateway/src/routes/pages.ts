import { contextOf, httpError } from '@rideshare/http';
import type { Express, RequestHandler, Response } from 'express';
import type { CityViewers } from '../usecases/city-viewers.ts';
import type { Mailbox, PageAsset } from '../usecases/ports.ts';
import { startEventStream } from './open-stream.ts';

/** Nothing inline, nothing from elsewhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MAILBOX_ITEMS = 200;
const VIEWERS_MAX = 20;

/** What the pages are made from. */
export interface PageDeps {
  readonly assets: ReadonlyMap<string, PageAsset>;
  /** The moving city and the mailbox; only in development. */
  readonly development?: { readonly viewers: CityViewers; readonly mailbox: Mailbox };
}

function sendAsset(response: Response, asset: PageAsset | undefined): void {
  if (!asset) throw httpError('ROUTE_NOT_FOUND', 'No such route.');
  response.set({
    'Content-Type': asset.contentType,
    'Content-Security-Policy': PAGE_POLICY,
    'Cache-Control': 'no-cache',
  });
  response.end(asset.body);
}

function makePage(assets: PageDeps['assets'], name: string, route: string): RequestHandler {
  return (_request, response) => {
    contextOf(response).route = route;
    sendAsset(response, assets.get(name));
  };
}

function makeCityFeed(viewers: CityViewers): RequestHandler {
  let open = 0;
  return (request, response) => {
    contextOf(response).route = '/dev/city';
    if (open >= VIEWERS_MAX) throw httpError('OVERLOADED', 'too many viewers', { retryAfterS: 5 });
    const sink = startEventStream(response);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    open += 1;
    const leave = viewers.join(sink);
    response.once('close', () => {
      open -= 1;
      leave();
    });
  };
}

function installMailbox(app: Express, mailbox: Mailbox): void {
  app.get('/dev/mailbox', async (_request, response) => {
    contextOf(response).route = '/dev/mailbox';
    response.json({ items: await mailbox.list(MAILBOX_ITEMS) });
  });
  app.get('/dev/mailbox/:name', async (request, response) => {
    contextOf(response).route = '/dev/mailbox/{name}';
    const text = await mailbox.read(request.params.name);
    if (text === undefined) throw httpError('ROUTE_NOT_FOUND', 'There is no such message.');
    // never rendered: what is in it was written by whoever signed up
    response.set({ 'Content-Type': 'text/plain; charset=utf-8', 'Content-Security-Policy': "default-src 'none'" });
    response.end(text);
  });
}

/** `/docs` everywhere; in development also the city at `/`, its feed and the mailbox. */
export function installPages(app: Express, { assets, development }: PageDeps): void {
  app.get('/docs', makePage(assets, 'docs.html', '/docs'));
  app.get('/assets/:name', (request, response) => {
    contextOf(response).route = '/assets/{name}';
    const { name } = request.params;
    sendAsset(response, name.endsWith('.html') ? undefined : assets.get(name));
  });
  if (!development) return;
  app.get('/', makePage(assets, 'city.html', '/'));
  app.get('/mailbox', makePage(assets, 'mailbox.html', '/mailbox'));
  app.get('/dev/city', makeCityFeed(development.viewers));
  installMailbox(app, development.mailbox);
}
