/** What keeps a queued task from starting, in sentences with names and numbers, the main one first. */
import { avoids } from './eligibility.ts';
import { busySlots } from './machines.ts';
import type { FarmState, Host, Machine } from './state.ts';
import { type Blocker, type MachineView, type Task, taskClasses } from './types.ts';
import { clockTime, count, list, span } from './words.ts';

export interface Standing {
  readonly host: Host;
  readonly task: Task;
  readonly now: number;
  /** Tasks that go before it. */
  readonly ahead: readonly Task[];
}

export function blockersOf(state: FarmState, standing: Standing): readonly Blocker[] {
  const { host } = standing;
  const machines = [...host.machines.values()];
  if (machines.length === 0) return [missingMachine(state, host.name)];
  const ready = machines.filter((machine) => machine.view?.availability === 'ready');
  const absent = absentMachines(standing, machines);
  if (ready.length === 0) return [...absent, ...pauseOf(standing), ...turnOf(standing)];
  const free = ready.filter((machine) => busySlots(machine) < (machine.view?.slots ?? 0));
  const usable = free.filter((machine) => !avoids(standing.task, machine.id, host, standing.now));
  const pause = pauseOf(standing);
  if (usable.length === 0) {
    const inUse = [...avoided(standing, free), ...busyMachines(standing, machines, ready)];
    return [...pause, ...inUse, ...turnOf(standing), ...absent];
  }
  const turn = [...pause, ...turnOf(standing)];
  if (turn.length > 0) return turn;
  return [{ kind: 'turn', text: `It is next: ${nameOf(usable[0] as Machine)} is free and takes it now` }];
}

/** True: no machine that the farm has or expects can ever serve the host type. */
export function isImpossible(state: FarmState, host: Host): boolean {
  if (state.policy === null || host.machines.size > 0) return false;
  const type = state.policy.hostTypes.find((other) => other.name === host.name);
  return type === undefined || type.expected === 0;
}

function missingMachine(state: FarmState, hostType: string): Blocker {
  const type = state.policy?.hostTypes.find((other) => other.name === hostType);
  if (type === undefined) {
    const text = `The farm has no host type "${hostType}" and no machine of it: add it to the configuration or cancel this`;
    return { kind: 'impossible', text };
  }
  if (type.expected === 0) {
    const text = `No machine of ${hostType} has joined and none is expected: let one join or cancel this`;
    return { kind: 'impossible', text };
  }
  const expected = type.expected === 1 ? '1 is' : `${type.expected} are`;
  return { kind: 'no-machine', text: `No machine of ${hostType} has joined yet, ${expected} expected` };
}

function pauseOf({ task, now }: Standing): readonly Blocker[] {
  if (task.notBefore <= now) return [];
  const text = `Pauses for ${span(task.notBefore - now)} after an infrastructure failure, until ${clockTime(task.notBefore, now)}`;
  return [{ kind: 'pause', text }];
}

function turnOf({ ahead, host }: Standing): readonly Blocker[] {
  if (ahead.length === 0) return [];
  const parts = taskClasses.flatMap((name) => {
    const number = ahead.filter((task) => task.class === name).length;
    return number === 0 ? [] : `${number} ${name}`;
  });
  const goes = ahead.length === 1 ? '1 task goes' : `${ahead.length} tasks go`;
  return [{ kind: 'turn', text: `${goes} first on ${host.name}: ${list(parts, 4)}` }];
}

function avoided({ host, task, now }: Standing, free: readonly Machine[]): readonly Blocker[] {
  if (free.length === 0) return [];
  const names = list(free.map(nameOf));
  const failed = free.length === 1 ? 'failed' : 'each failed';
  const others = [...host.machines.values()].filter((machine) => !task.avoid.includes(machine.id));
  const away = others.every((machine) => machine.view?.availability !== 'ready');
  const others1 = away ? others.filter((machine) => machine.view?.availability === 'away') : others;
  const since = away ? `, away since ${clockTime(others1[0]?.view?.since ?? now, now)}` : '';
  const text = `Free, but ${failed} it before: ${names}; it waits for ${list(others1.map(nameOf))}${since}`;
  return [{ kind: away ? 'machines-away' : 'machines-busy', text }];
}

function busyMachines(
  { host, now }: Standing,
  machines: readonly Machine[],
  ready: readonly Machine[],
): readonly Blocker[] {
  const full = ready.filter((machine) => busySlots(machine) >= (machine.view?.slots ?? 0));
  const working = full.filter((machine) => [...machine.uses.values()].some((use) => use.occupant !== null));
  const blockers: Blocker[] = [];
  const of = (number: number): string =>
    machines.length === number
      ? number === 1
        ? `The only machine of ${host.name} is`
        : `All ${number} machines of ${host.name} are`
      : `${number} of ${count(machines.length, 'machine')} of ${host.name} ${number === 1 ? 'is' : 'are'}`;
  if (working.length > 0) blockers.push({ kind: 'machines-busy', text: `${of(working.length)} busy` });
  const holds = full.flatMap((machine) => holdsOf(machine, now));
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

/** Machines that are not ready, the most common reason first. */
function absentMachines({ host, now }: Standing, machines: readonly Machine[]): readonly Blocker[] {
  const views = machines.flatMap((machine) => machine.view ?? []);
  return absences
    .map(({ availability, kind, words }) => {
      const some = views.filter((view) => view.availability === availability);
      const of = `${some.length} of ${count(views.length, 'machine')} of ${host.name}`;
      const names = list(some.map((view) => absentName(view, now)));
      const text = `${of} ${some.length === 1 ? 'is' : 'are'} ${words}: ${names}`;
      return { number: some.length, blocker: { kind, text } };
    })
    .filter(({ number }) => number > 0)
    .sort((a, b) => b.number - a.number)
    .map(({ blocker }) => blocker);
}

function absentName(view: MachineView, now: number): string {
  const note = view.note === null ? '' : `, ${view.note}`;
  return `${view.name} since ${clockTime(view.since, now)}${note}`;
}

function nameOf(machine: Machine): string {
  return machine.view?.name ?? machine.id;
}
