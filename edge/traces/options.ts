/** What OpenTelemetry's own variables ask for. The exporter reads headers, certificates, compression and timeouts by itself. */
import { invalidInput } from '../../agent/wire/farm-error.ts';

export interface TraceOptions {
  /** What the farm is called among other services. */
  readonly serviceName: string | null;
  /** Share of builds that are told, 0 to 1. */
  readonly ratio: number;
  /** Between two exports; null: the library's own pause. */
  readonly delayMs: number | null;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Null when no traces are asked for. Rejects what is asked for and can't be done, naming the variable. */
export function readTraceOptions(variables: Variables): TraceOptions | null {
  const value = (name: string): string | undefined => variables[name]?.trim() || undefined;
  const wanted = value('OTEL_TRACES_EXPORTER');
  const endpoint = value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? value('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (value('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || wanted === 'none') return null;
  if (wanted !== undefined && wanted !== 'otlp')
    throw invalidInput('OTEL_TRACES_EXPORTER', `must be otlp or none, got "${wanted}"`);
  if (endpoint === undefined && wanted === undefined) return null;
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw invalidInput('OTEL_EXPORTER_OTLP_ENDPOINT', `must be an http or https address, got "${endpoint}"`);
  checkProtocol(value('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? value('OTEL_EXPORTER_OTLP_PROTOCOL'));
  return {
    serviceName: value('OTEL_SERVICE_NAME') ?? null,
    ratio: ratioOf(value('OTEL_TRACES_SAMPLER'), value('OTEL_TRACES_SAMPLER_ARG')),
    delayMs: delayOf(value('OTEL_BSP_SCHEDULE_DELAY')),
  };
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol === undefined || protocol === 'http/protobuf') return;
  throw invalidInput('OTEL_EXPORTER_OTLP_PROTOCOL', `must be http/protobuf, got "${protocol}"`);
}

/** A build has no parent anywhere else, so the samplers that go by one do as those that don't. */
function ratioOf(sampler: string | undefined, argument: string | undefined): number {
  switch (sampler?.replace(/^parentbased_/, '')) {
    case undefined:
    case 'always_on':
      return 1;
    case 'always_off':
      return 0;
    case 'traceidratio': {
      const ratio = Number(argument ?? 1);
      if (ratio >= 0 && ratio <= 1) return ratio;
      throw invalidInput('OTEL_TRACES_SAMPLER_ARG', `must be a number from 0 to 1, got "${argument}"`);
    }
    default:
      throw invalidInput(
        'OTEL_TRACES_SAMPLER',
        `must be always_on, always_off or traceidratio, perhaps with parentbased_ before it, got "${sampler}"`,
      );
  }
}

function delayOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidInput('OTEL_BSP_SCHEDULE_DELAY', `must be a number of milliseconds, got "${text}"`);
}
