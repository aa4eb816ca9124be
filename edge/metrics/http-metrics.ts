import { Histogram, type Registry } from 'prom-client';
import type { HttpRequest } from './types.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createHttpMetrics(registry: Registry): { readonly request: (request: HttpRequest) => void } {
  const durations = new Histogram({
    name: 'croft_http_request_duration_seconds',
    help: 'Time from a request to the head of its answer, by route template and class of status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    request({ method, route, status, ms }) {
      const labels = {
        method: methods.has(method) ? method : 'other',
        route,
        status: `${Math.floor(status / 100)}xx`,
      };
      durations.observe(labels, ms / 1000);
    },
  };
}
