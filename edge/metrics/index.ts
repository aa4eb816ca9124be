/**
 * The farm's metrics, in the text that Prometheus reads. Counters and histograms listen to the facts that core and storage tell;
 * gauges are filled from the figures of `core/health` when somebody asks, so they say what `/healthz` and its page say. No label
 * takes a value that strangers choose: ids, commits and branches are never one, and names from the configuration are bounded.
 */
import { Registry } from 'prom-client';
import { createFactMetrics } from './fact-metrics.ts';
import { createFarmMetrics } from './farm-metrics.ts';
import { createHttpMetrics } from './http-metrics.ts';
import { createProcessMetrics } from './process-metrics.ts';
import type { MetricSources, Metrics, MetricsOptions } from './types.ts';

export type { HttpRequest, MetricSources, Metrics, MetricsOptions } from './types.ts';

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const facts = createFactMetrics(registry);
  const http = createHttpMetrics(registry);
  const farm = createFarmMetrics(registry, options);
  const own = createProcessMetrics(registry, options.startedAt);
  let sources: MetricSources | null = null;
  return {
    hear: facts.hear,
    request: http.request,
    watch(given) {
      sources = given;
    },
    contentType: registry.contentType,
    async text() {
      own.update();
      if (sources !== null) farm.update(sources);
      return await registry.metrics();
    },
  };
}
