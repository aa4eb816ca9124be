/**
 * How the farm itself is: figures, named checks, and an hour of history. Everything that shows the farm's health (`/healthz`, the
 * metrics, the page) is made from what is here, so no two of them can disagree. A check says what is wrong, since when and what to
 * do; it must never do anything about it, and a look at health must never wait for the thing that it is about: what takes time
 * (a sync of the disk, a bucket far away) is probed in the background and remembered.
 */
export { createHealth, type HealthService } from './service.ts';
export type {
  FarmHealth,
  Figures,
  HealthCheck,
  HealthLevel,
  HealthReport,
  HealthStatus,
  Sample,
} from './types.ts';
