import type { Machine } from '../../../api/model.ts';
import { plural } from '../rules/time.ts';

export const machineStates = ['busy', 'idle', 'draining', 'quarantined', 'away', 'revoked'] as const;

/** "98.4 % of 250 attempts held": the share that neither the machine nor the farm lost, over 30 days. */
export function reliabilityText(reliability: Machine['reliability']): string {
  const { attempts, infrastructureFailures } = reliability;
  if (attempts === 0) return 'no attempts yet';
  if (infrastructureFailures === 0) return `${plural(attempts, 'attempt')}, none lost`;
  const held = ((attempts - infrastructureFailures) / attempts) * 100;
  return `${held.toFixed(held > 99.9 ? 2 : 1)} % of ${plural(attempts, 'attempt')}`;
}

/** Worth a look: one attempt in twenty or more was lost. */
export function isUnreliable(reliability: Machine['reliability']): boolean {
  return reliability.attempts > 0 && reliability.infrastructureFailures / reliability.attempts >= 0.05;
}

export function platformText(platform: Machine['platform']): string {
  return `${platform.os} ${platform.arch}, ${plural(platform.cpus, 'cpu')}`;
}

export function matchesMachine(
  machine: Machine,
  filter: { readonly state: string | null; readonly text: string },
): boolean {
  if (filter.state !== null && machine.state !== filter.state) return false;
  const place = [
    machine.name,
    machine.hostType,
    machine.platform.hostname,
    machine.platform.os,
    machine.platform.arch,
  ]
    .join('\n')
    .toLowerCase();
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => place.includes(word));
}

/** Puts machines that events told about into a list, by id; one that is new comes last. */
export function withMachines(list: readonly Machine[], news: readonly Machine[]): Machine[] {
  const newest = new Map(news.map((machine) => [machine.id, machine]));
  const known = new Set(list.map((machine) => machine.id));
  return [
    ...list.map((machine) => newest.get(machine.id) ?? machine),
    ...[...newest.values()].filter((machine) => !known.has(machine.id)),
  ];
}
