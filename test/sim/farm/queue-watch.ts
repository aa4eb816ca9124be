/** What the queue answers while the farm works, and what came true of it. */

import type { Build } from '../../../core/builds/types.ts';
import type { RunningCoordinator } from '../../../core/coordinator.ts';
import type { Answered } from '../../bench/scheduler-farm.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { impossibleHostType } from './story.ts';

export interface QueueFigures {
  readonly answered: readonly Answered[];
  /** Times that a waiting build was asked about, and had no reason. */
  readonly asked: number;
  readonly unexplained: number;
  /** Builds that can never run, and how long after their creation the last of them was told so, ms. */
  readonly impossible: number;
  readonly impossibleToldMs: number;
}

export interface QueueWatch {
  changed(coordinator: RunningCoordinator, build: Build): void;
  /** Asks about a few builds that wait. */
  ask(coordinator: RunningCoordinator): void;
  figures(): QueueFigures;
}

type Question = Omit<Answered, 'startedAt'>;

/** Builds asked about at a time; they are near the head as well as far behind it. */
const questions = 4;

/** `giveUp`: somebody read that a build can never run, and cancels it. */
export function createQueueWatch(
  kernel: Kernel,
  chance: Chance,
  now: () => number,
  giveUp: (build: Build) => void,
): QueueWatch {
  const open = new Map<string, Question[]>();
  const answered: Answered[] = [];
  const count = { asked: 0, unexplained: 0, impossible: 0, impossibleToldMs: 0 };

  function ask(coordinator: RunningCoordinator): void {
    const { waiting } = coordinator.builds.counts();
    if (waiting === 0) return;
    for (let question = 0; question < questions; question++) {
      const offset = chance.between(0, waiting - 1);
      const [asked] = coordinator.builds.queue({ offset, limit: 1 });
      if (asked === undefined) continue;
      const { build, why } = asked;
      count.asked++;
      if (why.blockers.length === 0 || why.summary.trim() === '') count.unexplained++;
      if (why.expectedStart === null || build.attempts > 0) continue;
      const known = open.get(build.id) ?? [];
      known.push({ class: build.class, askedAt: now(), ahead: why.ahead, expected: why.expectedStart });
      open.set(build.id, known);
    }
  }

  /** Told at the first look, or at one of those that follow each second. */
  function awaitVerdictOfImpossible(coordinator: RunningCoordinator, build: Build, since: number): void {
    if (coordinator.builds.why(build.id)?.impossible === true) {
      count.impossibleToldMs = Math.max(count.impossibleToldMs, kernel.now - since);
      giveUp(build);
    } else {
      kernel.after(kernel.current, 100, () => awaitVerdictOfImpossible(coordinator, build, since));
    }
  }

  return {
    ask,
    changed(coordinator, build) {
      if (build.state === 'waiting' && build.hostType === impossibleHostType) {
        count.impossible++;
        const since = kernel.now;
        kernel.after(kernel.current, 0, () => awaitVerdictOfImpossible(coordinator, build, since));
      }
      if (build.state === 'waiting') return;
      for (const question of open.get(build.id) ?? []) {
        if (build.state === 'running') answered.push({ ...question, startedAt: now() });
      }
      open.delete(build.id);
    },
    figures: () => ({ answered, ...count }),
  };
}
