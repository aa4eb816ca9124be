/**
 * Each build as one trace, from the commit that was seen to the verdict, for a collector of OpenTelemetry. Nothing is recorded
 * while a build runs: its journal holds when each step began and ended, so the trace is told from what is stored once the verdict
 * is. A coordinator that was killed in between changes nothing of it. Ids come from the build's own, so a trace that is told twice
 * is the same trace, and links can be made to it from anywhere. Without a collector nothing of the library is even loaded.
 */

import type { TraceOptions } from './options.ts';
import { createTeller, type TellerDeps } from './teller.ts';

export { traceIdOf } from './build-trace.ts';
export { readTraceOptions, type TraceOptions } from './options.ts';

export interface Traces {
  /** Sends what is told, for a bounded time. */
  stop(): Promise<void>;
}

export interface TracesDeps extends Omit<TellerDeps, 'sink'> {
  readonly version: string;
  readonly environment: string;
}

/** Null options: nothing is told. */
export async function startTraces(deps: TracesDeps, options: TraceOptions | null): Promise<Traces> {
  if (options === null) return { stop: async () => undefined };
  const { createOtlpSink } = await import('./otlp.ts');
  return createTeller({ ...deps, sink: createOtlpSink(deps, options) });
}
