/** Words of the scheduler. All times are wall-clock ms that events bring in; the scheduler has no clock. */

/** From most to least urgent. */
export const taskClasses = ['interactive', 'try', 'post-submit', 'backfill'] as const;
export type TaskClass = (typeof taskClasses)[number];

/** A place in the history of one builder on one branch; backfill is chosen by what a place would tell. */
export interface Line {
  readonly repo: string;
  readonly branch: string;
  readonly builder: string;
}

export interface Task {
  readonly id: string;
  readonly class: TaskClass;
  readonly hostType: string;
  readonly repo: string;
  readonly builder: string;
  /** Within a class, higher goes first. */
  readonly priority: number;
  readonly createdAt: number;
  readonly commitAt: number;
  /** Try and interactive work is shared fairly between these. */
  readonly requestedBy: string | null;
  /** Null for work that has no place in a branch's history. */
  readonly place: { readonly branch: string; readonly position: number } | null;
  /** Machines that failed this task already; used again only when no other can serve it. */
  readonly avoid: readonly string[];
  /** Not before this time (a pause after an infrastructure failure); 0: at once. */
  readonly notBefore: number;
}

export interface HostTypeView {
  readonly name: string;
  readonly expected: number;
}

export type MachineAvailability = 'ready' | 'away' | 'draining' | 'quarantined';

export interface MachineView {
  readonly id: string;
  readonly name: string;
  readonly hostType: string;
  readonly slots: number;
  readonly availability: MachineAvailability;
  /** Shown as the reason when it is not ready. */
  readonly note: string | null;
  readonly since: number;
}

export interface SchedulerPolicy {
  readonly weights: Readonly<Record<TaskClass, number>>;
  readonly hostTypes: readonly HostTypeView[];
  /** Builders that may run; a task of another waits with the reason. */
  readonly builders: readonly string[];
}

/** Everything the scheduler ever hears. */
export type SchedulerEvent =
  | { readonly type: 'policy'; readonly at: number; readonly policy: SchedulerPolicy }
  | { readonly type: 'task-added'; readonly at: number; readonly task: Task }
  /** Cancelled, or gone for another reason. */
  | { readonly type: 'task-removed'; readonly at: number; readonly taskId: string }
  /** A claim succeeded: the task runs in this slot now. */
  | {
      readonly type: 'task-started';
      readonly at: number;
      readonly taskId: string;
      readonly machineId: string;
      readonly slot: number;
    }
  /** The slot is free again. `ranMs` is null when the time tells nothing (cancelled, lost). */
  | {
      readonly type: 'task-ended';
      readonly at: number;
      readonly taskId: string;
      readonly machineId: string;
      readonly slot: number;
      readonly ranMs: number | null;
    }
  /** A slot that something other than a task holds (a mote, a reset under way), or no longer. */
  | {
      readonly type: 'slot-held';
      readonly at: number;
      readonly machineId: string;
      readonly slot: number;
      readonly note: string;
    }
  | { readonly type: 'slot-free'; readonly at: number; readonly machineId: string; readonly slot: number }
  | { readonly type: 'machine'; readonly at: number; readonly machine: MachineView }
  | { readonly type: 'machine-removed'; readonly at: number; readonly machineId: string }
  /** A verdict at a place, old or new; what backfill bisects between. */
  | {
      readonly type: 'verdict';
      readonly at: number;
      readonly line: Line;
      readonly position: number;
      readonly passed: boolean;
    }
  /** Durations of a builder known from before, newest last. */
  | {
      readonly type: 'durations';
      readonly at: number;
      readonly builder: string;
      readonly ran: readonly KnownDuration[];
    };

/** How long a build of a repository took. */
export interface KnownDuration {
  readonly repo: string;
  readonly ms: number;
}

/** "This slot should claim this task", with the reason that the page shows. */
export interface Placement {
  readonly taskId: string;
  readonly machineId: string;
  readonly slot: number;
  readonly reason: string;
}

export interface Blocker {
  readonly kind:
    | 'impossible'
    | 'no-machine'
    | 'machines-busy'
    | 'machines-away'
    | 'machines-quarantined'
    | 'machines-draining'
    | 'machines-held'
    | 'pause'
    | 'builder-disabled'
    | 'turn';
  /** One sentence for people, naming what and how many. */
  readonly text: string;
}

export interface Why {
  readonly taskId: string;
  /** One line: the main blocker and the expected start. */
  readonly summary: string;
  readonly blockers: readonly Blocker[];
  /** Tasks that will be placed before it on the same machines; 0: it is next. */
  readonly ahead: number;
  /** True: no machine that the farm has or expects can ever serve it. */
  readonly impossible: boolean;
  /** 80 % interval and median of the start, wall clock; null only when impossible or when nothing but an absent machine is missing. */
  readonly expectedStart: {
    readonly earliest: number;
    readonly likely: number;
    readonly latest: number;
  } | null;
  /** What the estimate rests on: "12 earlier builds of linux-amd64", or the default that was assumed. */
  readonly basis: string;
}
