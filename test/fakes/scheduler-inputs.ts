/** Tasks, machines and a whole small farm for tests of the scheduler: what a test does not name is unremarkable. */
import { createScheduler, type Scheduler } from '../../core/scheduler/scheduler.ts';
import type { MachineView, Placement, SchedulerPolicy, Task } from '../../core/scheduler/types.ts';

export const usualWeights: SchedulerPolicy['weights'] = {
  interactive: 1000,
  try: 100,
  'post-submit': 10,
  backfill: 1,
};

export function taskOf(id: string, fields: Partial<Task> = {}): Task {
  return {
    id,
    class: 'post-submit',
    hostType: 'linux',
    repo: 'repo',
    builder: 'unit',
    priority: 0,
    createdAt: 0,
    commitAt: 0,
    requestedBy: null,
    place: null,
    avoid: [],
    notBefore: 0,
    ...fields,
  };
}

export function machineOf(id: string, fields: Partial<MachineView> = {}): MachineView {
  const usual = { hostType: 'linux', slots: 1, availability: 'ready' as const, note: null, since: 0 };
  return { id, name: id, ...usual, ...fields };
}

export function policyOf(fields: Partial<SchedulerPolicy> = {}): SchedulerPolicy {
  const hostTypes = [{ name: 'linux', expected: 1 }];
  return { weights: usualWeights, hostTypes, builders: ['unit', 'race', 'slow'], ...fields };
}

export interface SmallFarm {
  readonly scheduler: Scheduler;
  add(...tasks: readonly Task[]): void;
  machine(view: MachineView): void;
  /** Begins what is next on the machine; null when nothing is. */
  start(machineId: string): Placement | null;
  end(placement: Placement, ranMs?: number | null): void;
  verdict(position: number, passed: boolean, builder?: string): void;
}

/** A farm whose clock stands at `at` until it is told otherwise; it knows the policy and the machines given. */
export function createSmallFarm(
  machines: readonly MachineView[],
  options: { readonly at?: () => number; readonly policy?: SchedulerPolicy } = {},
): SmallFarm {
  const scheduler = createScheduler();
  const at = options.at ?? ((): number => 0);
  const { apply } = scheduler;
  apply({ type: 'policy', at: at(), policy: options.policy ?? policyOf() });
  for (const machine of machines) apply({ type: 'machine', at: at(), machine });
  return {
    scheduler,
    add(...tasks) {
      for (const task of tasks) apply({ type: 'task-added', at: at(), task });
    },
    machine: (machine) => apply({ type: 'machine', at: at(), machine }),
    start(machineId) {
      const placement = scheduler.pick(machineId, at());
      if (placement !== null) apply({ type: 'task-started', at: at(), ...placement });
      return placement;
    },
    end: (placement, ranMs = 60_000) => apply({ type: 'task-ended', at: at(), ...placement, ranMs }),
    verdict(position, passed, builder = 'unit') {
      const line = { repo: 'repo', branch: 'main', builder };
      apply({ type: 'verdict', at: at(), line, position, passed });
    },
  };
}

/** The ids in the order in which one machine with endless slots would start them. */
export function startAll(farm: SmallFarm, machineId: string): readonly string[] {
  const ids: string[] = [];
  for (let next = farm.start(machineId); next !== null; next = farm.start(machineId)) ids.push(next.taskId);
  return ids;
}
