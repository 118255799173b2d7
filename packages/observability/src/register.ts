/**
 * Preload: `node --import @rideshare/observability/register src/main.ts`.
 *
 * It runs before any instrumented module is imported, so it cannot be an import of main.ts: those are hoisted. The
 * synchronous loader hooks work on the application's thread and go together with Node's type stripping; without them
 * ES modules are silently left alone.
 *
 * Everything but the exporter is always installed: trace ids in answers, logs and stored events must not depend on
 * whether somebody collects spans.
 */
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator } from '@opentelemetry/core';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { register as registerEsmHooks, supportsSyncHooks } from 'import-in-the-middle/register-hooks.mjs';
import { onFlushTelemetry } from './flush.ts';
import { createParentPropagator } from './parent-propagator.ts';
import { createScrubExporter } from './scrub-exporter.ts';

const INTERCEPTED = ['http', 'https', 'node:http', 'node:https', 'express', 'pg', 'pg-pool'];
const UNTRACED = /^\/(?:metrics|health(?:\/[a-z]+)?)(?:\?|$)/;

/** Stops the process as a wrong configuration does everywhere; the preload runs before anything could catch it. */
function refuse(name: string, problem: string): never {
  process.stderr.write(`${name}: ${problem}\n`);
  process.exit(78);
}

async function spanProcessors(): Promise<SpanProcessor[]> {
  const exporter = process.env['OTEL_TRACES_EXPORTER'] ?? '';
  switch (exporter) {
    case '':
    case 'none':
      return [];
    case 'console':
      return [new SimpleSpanProcessor({ exporter: createScrubExporter(new ConsoleSpanExporter()) })];
    case 'otlp': {
      // gRPC costs a sixth of a second of start-up: loaded only when spans are sent
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
      return [new BatchSpanProcessor({ exporter: createScrubExporter(new OTLPTraceExporter()) })];
    }
    default:
      return refuse('OTEL_TRACES_EXPORTER', 'must be none, otlp or console');
  }
}

function samplingRatio(): number {
  const text = process.env['OTEL_TRACES_SAMPLER_ARG'] ?? '';
  const ratio = text === '' ? 1 : Number(text);
  return ratio >= 0 && ratio <= 1 ? ratio : refuse('OTEL_TRACES_SAMPLER_ARG', 'must be a number from 0 to 1');
}

function resource() {
  const { OTEL_SERVICE_NAME, SERVICE_NAME, SERVICE_VERSION, ENVIRONMENT } = process.env;
  const service = resourceFromAttributes({
    'service.name': OTEL_SERVICE_NAME ?? SERVICE_NAME ?? 'unknown',
    'service.version': SERVICE_VERSION ?? '0.0.0',
    'service.namespace': 'rideshare',
    'deployment.environment.name': ENVIRONMENT ?? 'production',
  });
  return defaultResource()
    .merge(service)
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }));
}

async function install(): Promise<void> {
  if (!supportsSyncHooks()) {
    process.stderr.write(`Node ${process.versions.node} lacks synchronous loader hooks: use 24.12 or newer\n`);
    process.exit(69);
  }
  registerEsmHooks({ include: INTERCEPTED });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagators = [createParentPropagator(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  const provider = new TracerProvider({
    resource: resource(),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplingRatio()) }),
    spanProcessors: await spanProcessors(),
  });
  trace.setGlobalTracerProvider(provider);
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [
      new HttpInstrumentation({ ignoreIncomingRequestHook: (request) => UNTRACED.test(request.url ?? '') }),
      new ExpressInstrumentation({ ignoreLayersType: [ExpressLayerType.MIDDLEWARE] }),
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
      new UndiciInstrumentation({ requireParentforSpans: true }),
    ],
  });
  let stopping: Promise<void> | undefined;
  // a collector that is away must not keep the process: what it would have been sent is lost, and that is all
  onFlushTelemetry(() => (stopping ??= provider.shutdown().catch(() => undefined)));
}

if (process.env['OTEL_SDK_DISABLED'] !== 'true') await install();
