import type { BuildTrace } from './build-trace.ts';

/** Where traces go. */
export interface TraceSink {
  /** Takes it over at once; whether it arrives is the sink's concern. */
  send(trace: BuildTrace): void;
  /** Sends what waits, for a bounded time. */
  stop(): Promise<void>;
}
