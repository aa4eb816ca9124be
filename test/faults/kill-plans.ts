/** Which deaths a list of writes gives, and whether a build came to what it would have come to without one. */
import { type KillPlan, type Phase, phases } from './failpoint.ts';
import type { BuildEnd, Round, Victim } from './killed-farm.ts';

/** Every write, in every phase. */
export function allPlans(writes: readonly string[]): readonly KillPlan[] {
  const counts = new Map<string, number>();
  return writes.flatMap((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return phasesOf(name).map((phase) => ({ name, count, phase }));
  });
}

/** Each method once, before and after. */
export function samplePlans(writes: readonly string[]): readonly KillPlan[] {
  const seen = new Set<string>();
  return allPlans(writes).filter(({ name, phase }) => {
    const key = `${phase} ${name.split('[')[0]}`;
    if (phase === 'during' || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Most calls of the system are done or not; only those that move bytes can stop half-way. */
function phasesOf(name: string): readonly Phase[] {
  const isWhole =
    /^(?:spawn|logFiles|logFile\.(?:sync|truncate)|blobs\.remove|mirrors\.saveCheckedBranches|\w+Sync\[)/.test(
      name,
    );
  return isWhole && !name.startsWith('writeSync[') ? ['before', 'after'] : phases;
}

export function planText({ name, count, phase }: KillPlan): string {
  return `${phase} ${name}${count === 1 ? '' : ` #${count}`}`;
}

/** What is wrong with a round; empty when nothing is. */
export function faultsOf(victim: Victim, undisturbed: BuildEnd, { deaths, end }: Round): readonly string[] {
  const faults: string[] = [];
  for (const field of ['state', 'blame', 'steps', 'log', 'artifacts', 'leftovers'] as const) {
    const [wanted, found] = [undisturbed[field], end[field]].map((value) => JSON.stringify(value));
    if (wanted !== found) faults.push(`${field}: wanted ${wanted}, found ${found}`);
  }
  // What an agent had begun dies with it; the coordinator's death costs nothing.
  const most = victim === 'agent' ? 1 + deaths : 1;
  if (end.attempts > most)
    faults.push(`${end.attempts} attempts, at most ${most} wanted: ${end.lost.join('; ')}`);
  for (const step of [1, 2]) {
    const ran = end.ran[step - 1] ?? `step ${step} never ran`;
    if (!ran.endsWith(`${end.attempts}`)) faults.push(`${ran}, and the last attempt is ${end.attempts}`);
    const attempts = ran.split(' in attempts ')[1]?.split(', ') ?? [];
    if (new Set(attempts).size !== attempts.length) faults.push(`ran twice in one attempt: ${ran}`);
  }
  return faults;
}
