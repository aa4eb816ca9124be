/** What keeps a queued task from starting, in sentences with names and numbers, the main one first; there is always one. */
import { avoids } from './eligibility.ts';
import { nameOf, type Standing } from './standing.ts';
import type { Host, Machine } from './state.ts';
import { type Blocker, type SchedulerPolicy, type Task, taskClasses } from './types.ts';
import { clockTime, list, span } from './words.ts';

export interface Waiter {
  readonly task: Task;
  readonly host: Host;
  readonly standing: Standing;
  readonly policy: SchedulerPolicy | null;
  readonly now: number;
  /** How many tasks go before it, by class in the order of `taskClasses`. */
  readonly ahead: readonly number[];
}

export function blockersOf(waiter: Waiter): readonly Blocker[] {
  const { host, standing, task, now } = waiter;
  if (host.machines.size === 0) return [missingMachine(waiter.policy, host.name)];
  const pause = pauseOf(waiter);
  const turn = turnOf(waiter);
  if (standing.ready === 0) return [...standing.absent, ...pause, ...turn];
  const usable = standing.free.find((machine) => !avoids(task, machine.id, host, now));
  if (usable === undefined) {
    const some = [...pause, ...avoided(waiter), ...standing.inUse, ...turn, ...standing.absent];
    return some.length > 0 ? some : [{ kind: 'machines-busy', text: `No slot of ${host.name} is free` }];
  }
  if (pause.length + turn.length > 0) return [...pause, ...turn];
  return [{ kind: 'turn', text: `It is next: ${nameOf(usable)} is free and takes it now` }];
}

/** True: no machine that the farm has or expects can ever serve the host type. */
export function isImpossible(policy: SchedulerPolicy | null, host: Host): boolean {
  if (policy === null || host.machines.size > 0) return false;
  const type = policy.hostTypes.find((other) => other.name === host.name);
  return type === undefined || type.expected === 0;
}

function missingMachine(policy: SchedulerPolicy | null, hostType: string): Blocker {
  const type = policy?.hostTypes.find((other) => other.name === hostType);
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

function pauseOf({ task, now }: Waiter): readonly Blocker[] {
  if (task.notBefore <= now) return [];
  const until = `${span(task.notBefore - now)}, until ${clockTime(task.notBefore, now)}`;
  return [{ kind: 'pause', text: `Pauses after an infrastructure failure for ${until}` }];
}

function turnOf({ ahead, host }: Waiter): readonly Blocker[] {
  const number = ahead.reduce((sum, ofClass) => sum + ofClass, 0);
  if (number === 0) return [];
  const parts = taskClasses.flatMap((name, index) => (ahead[index] ? `${ahead[index]} ${name}` : []));
  const goes = number === 1 ? '1 task goes' : `${number} tasks go`;
  return [{ kind: 'turn', text: `${goes} first on ${host.name}: ${list(parts, 4)}` }];
}

/** Machines that are free, but that the task leaves alone while another may serve it. */
function avoided({ host, task, standing, now }: Waiter): readonly Blocker[] {
  const { free } = standing;
  if (free.length === 0) return [];
  const others = [...host.machines.values()].filter((machine) => !task.avoid.includes(machine.id));
  const ready = others.filter((machine) => machine.view?.availability === 'ready');
  const awaited =
    ready.length > 0 ? ready : others.filter((machine) => machine.view?.availability === 'away');
  const failed = `${list(free.map(nameOf))} ${free.length === 1 ? 'is free but' : 'are free but each'} failed it before`;
  const names = list(awaited.map((machine) => awaitedName(machine, now)));
  const kind = ready.length > 0 ? 'machines-busy' : 'machines-away';
  return [{ kind, text: `${failed}, it waits for ${names}` }];
}

function awaitedName(machine: Machine, now: number): string {
  if (machine.view?.availability !== 'away') return nameOf(machine);
  return `${nameOf(machine)} (away since ${clockTime(machine.view.since, now)})`;
}
