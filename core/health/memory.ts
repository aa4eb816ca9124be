/** Since when each check has been as it is, and what all of them come to. */
import type { Finding, HealthCheck, HealthLevel, HealthReport, HealthStatus } from './types.ts';

export interface HealthMemory {
  report(findings: readonly Finding[], now: number): HealthReport;
}

const worse: readonly HealthStatus[] = ['ok', 'degraded', 'failing'];

export function createMemory(): HealthMemory {
  let known = new Map<string, { readonly level: HealthLevel; readonly since: number }>();
  return {
    report(findings, now) {
      const next: typeof known = new Map();
      const checks = findings.map((finding): HealthCheck => {
        const { name, level, text } = finding;
        const before = known.get(name);
        const since = before?.level === level ? before.since : now;
        next.set(name, { level, since });
        return { name, level, status: statusOf(finding), text, since };
      });
      known = next;
      const worst = Math.max(0, ...checks.map(({ status }) => worse.indexOf(status)));
      return { status: worse[worst] ?? 'ok', checks };
    },
  };
}

/** A broken repository or a missing machine is an error for people, but the farm goes on with the rest. */
export function statusOf({ level, isVital = false }: Finding): HealthStatus {
  if (level === 'ok' || level === 'info') return 'ok';
  return level === 'error' && isVital ? 'failing' : 'degraded';
}
