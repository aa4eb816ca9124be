import type { Fact } from '../../core/facts/index.ts';
import type { Coordinator } from '../../core/types.ts';

export interface HttpRequest {
  readonly method: string;
  /** As in the API's document, with its parameters named; never the path that was asked for. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

export interface Metrics {
  /** Never waits, and costs about a microsecond. */
  readonly hear: (fact: Fact) => void;
  readonly request: (request: HttpRequest) => void;
  /** What the gauges are filled from; before this they are left out. */
  watch(sources: MetricSources): void;
  readonly contentType: string;
  text(): Promise<string>;
}

export interface MetricSources {
  readonly coordinator: Pick<Coordinator, 'health'>;
  /** Open event streams and live logs. */
  readonly streamReaders: () => number;
}

export interface MetricsOptions {
  readonly version: string;
  readonly environment: string;
  /** Wall clock, ms. */
  readonly startedAt: number;
}
