/** Checks of what the farm is made of (configuration, repositories, machines, work), from what the capabilities know. Pure. */
import type { ConfigState } from '../builders/types.ts';
import type { MachineSnapshot } from '../machines/types.ts';
import type { RepositoryState } from '../source/types.ts';
import type { Finding } from './types.ts';

export interface HealthFacts {
  readonly now: number;
  readonly startedAt: number;
  readonly config: ConfigState;
  readonly repositories: readonly RepositoryState[];
  readonly machines: readonly MachineSnapshot[];
  readonly queue: { readonly waiting: number; readonly oldestMs: number | null; readonly impossible: number };
}

/** Machines have this long to come back after a start before anybody worries. */
const settlingMs = 120_000;
/** From this share of missing machines on it is an error. */
const errorShare = 0.15;
const staleAfterPolls = 5;
const oldestWarningMs = 3_600_000;

export function healthChecks(facts: HealthFacts): readonly Finding[] {
  return [
    configuration(facts),
    ...facts.config.config.repositories.map((repo) => repository(facts, repo)),
    ...hostTypes(facts),
    quarantine(facts),
    slots(facts),
    queue(facts),
  ];
}

function configuration({ config }: HealthFacts): Finding {
  const name = 'configuration';
  if (config.broken === null)
    return { name, level: 'ok', text: `In force: ${config.file ?? 'the embedded default'}` };
  const [first] = config.broken.problems;
  const text = `The last reload was refused and the older configuration stays in force: ${first?.path ?? ''} ${first?.problem ?? ''}`;
  return { name, level: 'error', text };
}

function repository(facts: HealthFacts, repo: { readonly name: string; readonly pollMs: number }): Finding {
  const name = `repository ${repo.name}`;
  const state = facts.repositories.find((candidate) => candidate.repo === repo.name);
  if (state === undefined || state.lastCheckedAt === null) {
    if (state?.lastError != null) return { name, level: 'error', text: `Never reached: ${state.lastError}` };
    return { name, level: 'info', text: 'Not looked at yet' };
  }
  if (state.lastError !== null) return { name, level: 'error', text: `Can't be reached: ${state.lastError}` };
  const age = facts.now - state.lastCheckedAt;
  if (age > repo.pollMs * staleAfterPolls + 60_000) {
    return {
      name,
      level: 'warning',
      text: `Not looked at for ${Math.round(age / 1000)} s, though it is polled each ${repo.pollMs / 1000} s`,
    };
  }
  return { name, level: 'ok', text: `Looked at ${Math.round(age / 1000)} s ago` };
}

function hostTypes(facts: HealthFacts): readonly Finding[] {
  const settling = facts.now - facts.startedAt < settlingMs;
  return facts.config.config.hostTypes.map(({ name: hostType, expected }) => {
    const name = `host type ${hostType}`;
    const own = facts.machines.filter(
      ({ machine }) => machine.hostType === hostType && machine.revokedAt === null,
    );
    const here = own.filter(({ presence }) => presence.connected).length;
    const missing = Math.max(0, expected - here);
    if (missing === 0 && here > 0) return { name, level: 'ok', text: `${here} connected` };
    if (missing === 0) return { name, level: 'info', text: 'No machine is connected, and none is expected' };
    const away = own.filter(({ presence }) => !presence.connected).map(({ machine }) => machine.name);
    const who = away.length === 0 ? '' : `: ${away.slice(0, 5).join(', ')}`;
    const level = settling ? 'info' : missing / expected >= errorShare ? 'error' : 'warning';
    return { name, level, text: `${missing} of ${expected} expected machines are missing${who}` };
  });
}

function quarantine({ machines }: HealthFacts): Finding {
  const name = 'quarantine';
  const held = machines.filter(({ machine }) => machine.quarantine !== null && machine.revokedAt === null);
  if (held.length === 0) return { name, level: 'ok', text: 'No machine is quarantined' };
  const text = held
    .map(({ machine }) => `${machine.name}: ${machine.quarantine?.reason ?? ''}`)
    .slice(0, 5)
    .join('; ');
  return { name, level: 'warning', text: `${held.length} quarantined. ${text}` };
}

function slots({ machines }: HealthFacts): Finding {
  const name = 'slots';
  const dirty = machines.filter((snapshot) => snapshot.slots.some((slot) => slot.state === 'dirty'));
  if (dirty.length === 0)
    return { name, level: 'ok', text: 'Every slot was proven clean after its last lease' };
  const names = dirty
    .map(({ machine }) => machine.name)
    .slice(0, 5)
    .join(', ');
  return {
    name,
    level: 'warning',
    text: `Slots that could not be cleaned, on ${names}; look at the machine's history`,
  };
}

function queue({ queue: { waiting, oldestMs, impossible } }: HealthFacts): Finding {
  const name = 'queue';
  if (impossible > 0)
    return {
      name,
      level: 'error',
      text: `${impossible} of ${waiting} waiting builds can never run; the queue says why`,
    };
  if (oldestMs !== null && oldestMs > oldestWarningMs) {
    return {
      name,
      level: 'warning',
      text: `${waiting} wait, the longest for ${Math.round(oldestMs / 60_000)} min`,
    };
  }
  return { name, level: 'ok', text: `${waiting} wait` };
}
