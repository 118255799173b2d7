import { Agent } from 'node:http';
import type { ClientRequest } from 'node:http';
import type { Owner } from '@rideshare/contracts';
import { contextOf } from '@rideshare/http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { upstreamUnavailable } from '../domain/errors.ts';

/** Idle connections are closed before the services close them, which is after 65 s. */
const KEEP_ALIVE_MS = 30_000;
/** Headers by which somebody outside could pass for a proxy of ours. */
const FORWARDING = /^(?:forwarded|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip)$/;
/** Baggage members that may cross the edge, with what they may say: it goes into the headers of events. The rest is dropped. */
const BAGGAGE = /^(?:synthetic=(?:0|1|true|false)|region=[a-z]{2,12}(?:-[a-z]{2,12}){0,2}(?:-\d{1,2})?)$/;

function allowedBaggage(baggage: string): string {
  return baggage
    .split(',')
    .map((member) => member.trim())
    .filter((member) => BAGGAGE.test(member))
    .join(',');
}

function setRequestHeaders(outgoing: ClientRequest, request: Request, response: Response): void {
  for (const name of outgoing.getHeaderNames()) if (FORWARDING.test(name)) outgoing.removeHeader(name);
  outgoing.setHeader('X-Forwarded-For', request.ip ?? 'unknown');
  outgoing.setHeader('X-Forwarded-Proto', request.protocol);
  outgoing.setHeader('X-Request-Id', contextOf(response).requestId);
  const baggage = outgoing.getHeader('baggage');
  if (typeof baggage !== 'string') return;
  const allowed = allowedBaggage(baggage);
  if (allowed === '') outgoing.removeHeader('baggage');
  else outgoing.setHeader('baggage', allowed);
}

interface Locals {
  next?: NextFunction;
}

/** Passes requests on to one service and its answers back; bodies are streamed, nothing is tried twice. */
function createServiceProxy(target: string, timeoutMs: number): RequestHandler {
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: 256, timeout: KEEP_ALIVE_MS });
  const proxy = createProxyMiddleware<Request, Response>({
    target,
    agent,
    xfwd: false,
    proxyTimeout: timeoutMs,
    on: {
      proxyReq: setRequestHeaders,
      proxyRes: (incoming) => {
        // ours are set already: the trace of the answer is that of the gateway's span, its id the one we passed on
        delete incoming.headers['traceparent'];
        delete incoming.headers['x-request-id'];
      },
      error: (error, _request, response) => {
        const next = 'locals' in response ? (response.locals as Locals).next : undefined;
        next?.(upstreamUnavailable(error));
      },
    },
  });
  return (request, response, next) => {
    (response.locals as Locals).next = next;
    void proxy(request, response, next);
  };
}

/** One proxy a service. */
export function createServiceProxies(
  urls: Readonly<Record<Exclude<Owner, 'gateway'>, string>>,
  timeoutMs: number,
): ReadonlyMap<Owner, RequestHandler> {
  return new Map(Object.entries(urls).map(([owner, url]) => [owner as Owner, createServiceProxy(url, timeoutMs)]));
}
