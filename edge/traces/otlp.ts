/** Traces to an OpenTelemetry collector. Imported only when they are asked for: nobody else pays for the library. */
import { type Context, DiagLogLevel, diag, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Log } from '../../agent/kit/log.ts';
import type { BuildTrace, TraceSpan } from './build-trace.ts';
import type { TraceOptions } from './options.ts';
import type { TraceSink } from './types.ts';

export interface OtlpDeps {
  readonly log: Log;
  readonly version: string;
  readonly environment: string;
}

/** Spans that may wait for the collector; a build has about ten. */
const queuedSpans = 16_384;
const spansPerExport = 1_024;

export function createOtlpSink({ log, version, environment }: OtlpDeps, options: TraceOptions): TraceSink {
  hearLibrary(log);
  const fixed = { traceId: '', spanId: '' };
  const provider = new TracerProvider({
    sampler: new TraceIdRatioBasedSampler(options.ratio),
    resource: resourceFromAttributes({
      'service.name': options.serviceName ?? 'croft',
      'service.version': version,
      'deployment.environment.name': environment,
    }).merge(detectResources({ detectors: [resourceAttributesEnvDetector] })),
    // A build's ids are its own; the provider asks for them between two lines of `emit`.
    idGenerator: { generateTraceId: () => fixed.traceId, generateSpanId: () => fixed.spanId },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        maxQueueSize: queuedSpans,
        maxExportBatchSize: spansPerExport,
        ...(options.delayMs === null ? {} : { scheduledDelayMillis: options.delayMs }),
      }),
    ],
  });
  const tracer = provider.getTracer('croft', version);

  function emit(span: TraceSpan, parent: Context): Context {
    fixed.spanId = span.id;
    const started = tracer.startSpan(
      span.name,
      { startTime: span.startedAt, attributes: span.attributes },
      parent,
    );
    if (span.error !== null) started.setStatus({ code: SpanStatusCode.ERROR, message: span.error });
    started.end(Math.max(span.startedAt, span.endedAt));
    return trace.setSpan(parent, started);
  }

  return {
    send({ id, spans }: BuildTrace) {
      fixed.traceId = id;
      const contexts = new Map<string, Context>();
      for (const span of spans) {
        const parent = span.parentId === null ? undefined : contexts.get(span.parentId);
        contexts.set(span.id, emit(span, parent ?? ROOT_CONTEXT));
      }
    },
    async stop() {
      await provider.shutdown();
      diag.disable();
    },
  };
}

/** What the library has to say (a collector that is away, spans that are dropped) goes where everything else is said. */
function hearLibrary(log: Log): void {
  const say = (level: 'warn' | 'error') => (message: string) =>
    log[level]('traces.library', { message: message.slice(0, 1_000) });
  const unheard = () => undefined;
  diag.setLogger(
    { error: say('error'), warn: say('warn'), info: unheard, debug: unheard, verbose: unheard },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
