/** A waiting build as the scheduler sees it. Pure. */
import type { Task } from '../scheduler/types.ts';
import type { Attempt, Build } from './types.ts';

export function taskOf(build: Build, attempts: readonly Attempt[]): Task {
  const avoid = attempts
    .filter((attempt) => attempt.state === 'infrastructure' && attempt.error?.blame === 'machine')
    .map((attempt) => attempt.machineId);
  return {
    id: build.id,
    class: build.class,
    hostType: build.hostType,
    repo: build.repo,
    builder: build.builder,
    priority: build.priority,
    createdAt: build.createdAt,
    commitAt: build.commitAt,
    requestedBy: build.requestedBy,
    place:
      build.branch === null || build.position === null
        ? null
        : { branch: build.branch, position: build.position },
    avoid: [...new Set(avoid)],
    notBefore: build.notBefore,
  };
}
