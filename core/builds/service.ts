import type { Timer } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { Tell } from '../facts/index.ts';
import type { Scheduler } from '../scheduler/index.ts';
import type { Placement, SchedulerPolicy } from '../scheduler/types.ts';
import { createExecutions, type ExecutionDeps } from './executions.ts';
import { firstEntries, plannedIn } from './journal.ts';
import { createMachineFeed } from './machine-feed.ts';
import type { AttemptEnd } from './outcome.ts';
import { spansOf } from './spans.ts';
import { taskOf } from './tasks.ts';
import { type Attempt, type AttemptDetail, type Build, type Builds, isFinished } from './types.ts';

export interface BuildsDeps extends Omit<ExecutionDeps, 'onEnded'> {
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly tell: Tell;
}

/** What the composition root sees beyond `Builds`. */
export interface BuildsService extends Builds {
  /** Fresh waiting builds, already stored. */
  admit(builds: readonly Build[]): void;
  setPolicy(policy: SchedulerPolicy): void;
  /** Takes up everything that is unfinished in the store. Nothing may dial in before this resolved. */
  start(policy: SchedulerPolicy): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Durations and verdicts that are loaded at start, per builder and per line. The scheduler keeps 50 durations for each repository
 * on a builder: a repository that shares one with busier ones finds its own among the newest 200 of all.
 */
const historyDepth = { durations: 200, verdicts: 200 } as const;

export function createBuilds(deps: BuildsDeps): BuildsService {
  const { scheduler, store, clock, fleet } = deps;
  const log = deps.log.with({ part: 'builds' });
  const listeners = new Set<(build: Build) => void>();
  /** Waiting builds with the attempts they had. */
  const waiting = new Map<string, { readonly build: Build; readonly attempts: readonly Attempt[] }>();
  const attemptsOf = new Map<string, readonly Attempt[]>();
  /** Tasks whose claim is on its way to the store, and those of them that were cancelled meanwhile. */
  const claiming = new Set<string>();
  const cancelledEarly = new Map<string, Build>();
  const executions = createExecutions({ ...deps, onEnded });
  let wake: Timer | null = null;
  let placing = false;
  let stopped = false;

  function changed(build: Build): void {
    for (const listener of listeners) listener(build);
  }

  function tellEnd(build: Build): void {
    const { state, class: name, blame, createdAt, endedAt } = build;
    if (state === 'waiting' || state === 'running') return;
    const tookMs = (endedAt ?? clock.now()) - createdAt;
    deps.tell({ type: 'build-ended', class: name, outcome: state, blame, tookMs });
  }

  function enqueue(build: Build, attempts: readonly Attempt[]): void {
    waiting.set(build.id, { build, attempts });
    scheduler.apply({ type: 'task-added', at: clock.now(), task: taskOf(build, attempts) });
  }

  /** Once for all events of a turn of the loop. */
  function placeSoon(): void {
    if (placing || stopped) return;
    placing = true;
    queueMicrotask(() => {
      placing = false;
      if (!stopped) place();
    });
  }

  function place(): void {
    const now = clock.now();
    for (const placement of scheduler.next(now)) {
      const { taskId, machineId, slot } = placement;
      // Told before the claim is stored, so that the same turn offers neither task nor slot twice.
      scheduler.apply({ type: 'task-started', at: now, taskId, machineId, slot });
      claiming.add(taskId);
      claim(placement)
        .catch((error: unknown) => claimFailed(placement, error))
        .finally(() => claiming.delete(taskId));
    }
    wake?.cancel();
    const wakeAt = scheduler.nextWakeAt(now);
    wake = wakeAt === null ? null : clock.after(Math.max(1, wakeAt - now), placeSoon);
  }

  async function claim(placement: Placement): Promise<void> {
    const { taskId, machineId, slot } = placement;
    const entry = waiting.get(taskId);
    if (entry === undefined) return ended(placement, null);
    const at = clock.now();
    const id = deps.ids.next('att');
    const leaseId = deps.ids.next('lse');
    const number = entry.build.attempts + 1;
    const journal = firstEntries(id, at);
    const claimed = await store.claim({
      buildId: taskId,
      attempt: { id, number },
      leaseId,
      machineId,
      slot,
      at,
      journal,
    });
    if (claimed.outcome === 'not-waiting') {
      waiting.delete(taskId);
      return ended(placement, null);
    }
    if (claimed.outcome !== 'claimed') {
      log.warn('build.slot-taken', { build: taskId, attempt: id, machine: machineId, slot });
      return claimFailed(
        placement,
        new FarmError('conflict', 'The slot is leased already', { blame: 'farm', retry: 'same' }),
      );
    }
    waiting.delete(taskId);
    const build = cancelledEarly.get(taskId) ?? claimed.build;
    cancelledEarly.delete(taskId);
    const attempt: Attempt = {
      id,
      buildId: taskId,
      number,
      machineId,
      slot,
      leaseId,
      state: 'running',
      startedAt: at,
      endedAt: null,
      error: null,
    };
    attemptsOf.set(taskId, entry.attempts);
    executions.start(build, attempt, journal, false);
    const waitingSince = Math.max(build.createdAt, build.notBefore);
    const { hostType, class: name } = build;
    deps.tell({ type: 'attempt-started', hostType, class: name, number, waitedMs: at - waitingSince });
    log.info('build.attempt-started', { build: taskId, attempt: id, machine: machineId, lease: leaseId });
    changed(build);
  }

  /** The store could not say: the build still waits, and its slot rests for a moment. */
  function claimFailed(placement: Placement, error: unknown): void {
    const { taskId, machineId, slot } = placement;
    log.error('build.claim-failed', {
      build: taskId,
      machine: machineId,
      message: toFarmError(error).message,
    });
    scheduler.apply({
      type: 'slot-held',
      at: clock.now(),
      machineId,
      slot,
      note: 'rests after a claim that failed',
    });
    ended(placement, null);
    const entry = waiting.get(taskId);
    if (entry !== undefined) enqueue(entry.build, entry.attempts);
    clock.after(1_000, () => {
      scheduler.apply({ type: 'slot-free', at: clock.now(), machineId, slot });
      placeSoon();
    });
  }

  function ended({ taskId, machineId, slot }: Placement, ranMs: number | null): void {
    scheduler.apply({ type: 'task-ended', at: clock.now(), taskId, machineId, slot, ranMs });
    placeSoon();
  }

  function onEnded(build: Build, attempt: Attempt, end: AttemptEnd): void {
    const now = clock.now();
    const tells = end.state === 'passed' || end.state === 'failed';
    const placement = { taskId: build.id, machineId: attempt.machineId, slot: attempt.slot, reason: '' };
    ended(placement, tells ? now - attempt.startedAt : null);
    deps.tell({
      type: 'attempt-ended',
      hostType: build.hostType,
      outcome: end.state,
      blame: end.blame,
      ranMs: now - attempt.startedAt,
    });
    const earlier = attemptsOf.get(build.id) ?? [];
    attemptsOf.delete(build.id);
    if (build.state === 'waiting') {
      enqueue(build, [...earlier, { ...attempt, state: end.state, error: end.error, endedAt: now }]);
    } else if (tells && build.branch !== null && build.position !== null) {
      const line = { repo: build.repo, branch: build.branch, builder: build.builder };
      scheduler.apply({
        type: 'verdict',
        at: now,
        line,
        position: build.position,
        passed: end.state === 'passed',
      });
    }
    log.info('build.attempt-ended', {
      build: build.id,
      attempt: attempt.id,
      machine: attempt.machineId,
      lease: attempt.leaseId,
      state: end.state,
      buildState: build.state,
    });
    tellEnd(build);
    changed(build);
  }

  async function start(policy: SchedulerPolicy): Promise<void> {
    const at = clock.now();
    scheduler.apply({ type: 'policy', at, policy });
    for (const [builder, ran] of await store.durations(historyDepth.durations)) {
      scheduler.apply({ type: 'durations', at, builder, ran });
    }
    for (const verdict of await store.verdicts(historyDepth.verdicts))
      scheduler.apply({ type: 'verdict', at, ...verdict });
    const feed = createMachineFeed(scheduler.apply, clock.now);
    for (const snapshot of fleet.list()) feed(snapshot);
    fleet.onChange((snapshot) => {
      feed(snapshot);
      placeSoon();
    });
    for (const { build, attempts, journal } of await store.unfinished()) {
      const running = attempts.find((attempt) => attempt.state === 'running');
      if (running === undefined) {
        enqueue(build, attempts);
        continue;
      }
      const earlier = attempts.filter((attempt) => attempt !== running);
      attemptsOf.set(build.id, earlier);
      scheduler.apply({ type: 'task-added', at, task: taskOf(build, earlier) });
      const { machineId, slot } = running;
      scheduler.apply({ type: 'task-started', at: running.startedAt, taskId: build.id, machineId, slot });
      executions.start(build, running, journal, true);
    }
    placeSoon();
  }

  /** Placements that could be made now though nobody is about to: none, as long as the farm works as it should. */
  function overlooked(): number {
    return placing || stopped ? 0 : scheduler.next(clock.now()).length;
  }

  async function cancel(buildId: string, by: string): Promise<Build> {
    const outcome = await store.cancel({ buildId, at: clock.now(), by });
    if (outcome.outcome === 'missing') {
      throw new FarmError('not_found', `No build has the id "${buildId}"`, {
        blame: 'caller',
        details: { field: 'id' },
      });
    }
    if (outcome.outcome === 'stopping' && !executions.cancel(outcome.build) && claiming.has(buildId)) {
      cancelledEarly.set(buildId, outcome.build);
    }
    // A claim on its way finds the build cancelled, and takes the task out of the scheduler itself.
    if (outcome.outcome === 'cancelled' && waiting.delete(buildId) && !claiming.has(buildId)) {
      scheduler.apply({ type: 'task-removed', at: clock.now(), taskId: buildId });
    }
    if (outcome.outcome === 'cancelled') tellEnd(outcome.build);
    if (outcome.outcome !== 'finished') changed(outcome.build);
    return outcome.build;
  }

  async function attempts(buildId: string): Promise<readonly AttemptDetail[]> {
    const found = await store.attempts(buildId);
    return await Promise.all(
      found.map(async (attempt) => {
        const entries = await store.journal(attempt.id);
        const planned = plannedIn(entries);
        return {
          attempt,
          spans: spansOf(attempt, entries),
          plan: planned !== null && 'plan' in planned ? planned.plan : null,
        };
      }),
    );
  }

  return {
    reader: store,
    attempts,
    why: (buildId) => scheduler.why(buildId, clock.now()),
    queue: ({ offset, limit }) =>
      scheduler.queue(clock.now(), { offset, limit }).flatMap((why) => {
        const entry = waiting.get(why.taskId);
        return entry === undefined ? [] : [{ build: entry.build, why }];
      }),
    counts: () => ({ running: executions.count(), ...scheduler.counts() }),
    waitingByHostType() {
      const counts = new Map<string, number>();
      for (const { build } of waiting.values())
        counts.set(build.hostType, (counts.get(build.hostType) ?? 0) + 1);
      return counts;
    },
    live: (buildId) => waiting.get(buildId)?.build ?? executions.running(buildId),
    usualMs: (builder) => scheduler.usualMs(builder),
    overlooked,
    cancel,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    admit(builds) {
      for (const build of builds) {
        if (isFinished(build.state) || waiting.has(build.id)) continue;
        enqueue(build, []);
        changed(build);
      }
      placeSoon();
    },
    setPolicy(policy) {
      scheduler.apply({ type: 'policy', at: clock.now(), policy });
      placeSoon();
    },
    start,
    async stop() {
      stopped = true;
      wake?.cancel();
      await executions.stop();
    },
  };
}
