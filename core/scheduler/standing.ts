/** How the machines of a host type stand, in sentences with names and numbers; the same for all that waits for them. */
import { busySlots } from './machines.ts';
import type { Host, Machine } from './state.ts';
import type { Blocker, MachineView } from './types.ts';
import { clockTime, count, list } from './words.ts';

export interface Standing {
  /** Ready machines, and those of them with a free slot. */
  readonly ready: number;
  readonly free: readonly Machine[];
  /** Ready machines that can't take work now, and why. */
  readonly inUse: readonly Blocker[];
  /** Machines that are not ready, the most common reason first. */
  readonly absent: readonly Blocker[];
}

const dayMs = 86_400_000;

/** Keeps what it said until the host type changes; times are told with their date once the day has passed. */
export function createStandings(): (host: Host, now: number) => Standing {
  const kept = new Map<Host, { readonly key: string; readonly standing: Standing }>();
  return (host, now) => {
    const key = `${host.version} ${Math.floor(now / dayMs)}`;
    const last = kept.get(host);
    if (last?.key === key) return last.standing;
    const standing = standingOf(host, now);
    kept.set(host, { key, standing });
    return standing;
  };
}

function standingOf(host: Host, now: number): Standing {
  const machines = [...host.machines.values()];
  const ready = machines.filter((machine) => machine.view?.availability === 'ready');
  const full = ready.filter((machine) => busySlots(machine) >= slotsOf(machine));
  return {
    ready: ready.length,
    free: ready.filter((machine) => busySlots(machine) < slotsOf(machine)),
    inUse: inUse(host, full, now),
    absent: absent(host, now),
  };
}

function inUse(host: Host, full: readonly Machine[], now: number): readonly Blocker[] {
  const working = full.filter((machine) => [...machine.uses.values()].some((use) => use.occupant !== null));
  const holds = full.flatMap((machine) => holdsOf(machine, now));
  const blockers: Blocker[] = [];
  if (working.length > 0) {
    blockers.push({ kind: 'machines-busy', text: `${someOf(host, working.length)} busy` });
  }
  if (holds.length > 0) {
    const text = `${count(holds.length, 'slot')} of ${host.name} can't be used: ${list(holds)}`;
    blockers.push({ kind: 'machines-held', text });
  }
  return blockers;
}

function holdsOf(machine: Machine, now: number): readonly string[] {
  return [...machine.uses].flatMap(([slot, { hold }]) =>
    hold === null ? [] : `${nameOf(machine)} slot ${slot} ${hold.note} since ${clockTime(hold.since, now)}`,
  );
}

const absences = [
  { availability: 'quarantined', kind: 'machines-quarantined', words: 'in quarantine' },
  { availability: 'away', kind: 'machines-away', words: 'away' },
  { availability: 'draining', kind: 'machines-draining', words: 'taking no new work' },
] as const;

function absent(host: Host, now: number): readonly Blocker[] {
  const views = [...host.machines.values()].flatMap((machine) => machine.view ?? []);
  return absences
    .map(({ availability, kind, words }) => {
      const some = views.filter((view) => view.availability === availability);
      const names = list(some.map((view) => absentName(view, now)));
      return {
        number: some.length,
        blocker: { kind, text: `${someOf(host, some.length)} ${words}: ${names}` },
      };
    })
    .filter(({ number }) => number > 0)
    .sort((a, b) => b.number - a.number)
    .map(({ blocker }) => blocker);
}

function absentName(view: MachineView, now: number): string {
  const note = view.note === null ? '' : `, ${view.note}`;
  return `${view.name} since ${clockTime(view.since, now)}${note}`;
}

/** "The only machine of linux is", "3 of 4 machines of linux are". */
function someOf(host: Host, number: number): string {
  const all = host.machines.size;
  if (number < all) return `${number} of ${all} machines of ${host.name} ${number === 1 ? 'is' : 'are'}`;
  return all === 1 ? `The only machine of ${host.name} is` : `All ${all} machines of ${host.name} are`;
}

function slotsOf(machine: Machine): number {
  return machine.view?.slots ?? 0;
}

export function nameOf(machine: Machine): string {
  return machine.view?.name ?? machine.id;
}
