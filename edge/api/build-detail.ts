/** The one page that brings everything about a build together. */
import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';
import { removalText } from '../../core/blobs/index.ts';
import type { Plan } from '../../core/builders/types.ts';
import type { AttemptDetail, Attempt as CoreAttempt, Build as CoreBuild } from '../../core/builds/types.ts';
import type { LogStat } from '../../core/logs/types.ts';
import type { Coordinator } from '../../core/types.ts';
import type { Attempt, BuildDetail } from './model.ts';
import { presentArtifact, presentAttempt, presentBuild, presentCommit, presentWhy } from './present.ts';
import { reproduceLines } from './reproduce.ts';

export async function findBuild(coordinator: Coordinator, id: string): Promise<CoreBuild> {
  const build = await coordinator.builds.reader.build(id);
  if (build !== null) return build;
  throw new FarmError('not_found', `No build has the id "${id}"`, {
    blame: 'caller',
    details: { field: 'id' },
  });
}

/** The attempt asked for, or the newest; null when the build has none yet. Rejects with `not_found` for one that never was. */
export async function findAttempt(
  coordinator: Coordinator,
  buildId: string,
  number: number | undefined,
): Promise<CoreAttempt | null> {
  const attempts = await coordinator.builds.reader.attempts(buildId);
  if (number === undefined) return attempts.at(-1) ?? null;
  const found = attempts.find((attempt) => attempt.number === number);
  if (found !== undefined) return found;
  throw new FarmError('not_found', `Build "${buildId}" has no attempt ${number}`, {
    blame: 'caller',
    details: { field: 'attempt' },
  });
}

/** An attempt that just began has no log yet. */
export async function logStat(coordinator: Coordinator, attemptId: string): Promise<LogStat> {
  try {
    return await coordinator.logs.stat(attemptId);
  } catch (error) {
    if (isFarmError(error) && error.code === 'not_found') {
      return { state: 'missing', bytes: 0, lines: 0, droppedBytes: 0, removed: null };
    }
    throw error;
  }
}

/** Rejects with `blob_missing` when a rule of retention removed the log. */
export function checkNotRemoved({ removed }: LogStat): void {
  if (removed === null) return;
  throw new FarmError('blob_missing', removalText('The log', removed), { blame: 'caller' });
}

export async function buildDetail(coordinator: Coordinator, id: string): Promise<BuildDetail> {
  const build = await findBuild(coordinator, id);
  const [attempts, artifacts, commit, neighbours] = await Promise.all([
    coordinator.builds.attempts(id),
    coordinator.builds.reader.artifacts(id),
    coordinator.commits.commit(build.repo, build.commit),
    neighboursOf(coordinator, build),
  ]);
  const why = coordinator.builds.why(id);
  const plan = attempts.findLast((detail) => detail.plan !== null)?.plan ?? null;
  const repository = coordinator.settings.state().config.repositories.find(({ name }) => name === build.repo);
  return {
    ...presentBuild(build),
    commitDetail: commit === null ? null : presentCommit(commit),
    attemptList: await Promise.all(attempts.map((detail) => attemptOf(coordinator, detail))),
    artifacts: artifacts.map(presentArtifact),
    plan: plan === null ? null : presentPlan(plan),
    why: why === null ? null : presentWhy(why),
    reproduce: plan === null ? [] : reproduceLines({ build, plan, url: repository?.url ?? null }),
    ...neighbours,
  };
}

async function attemptOf(coordinator: Coordinator, detail: AttemptDetail): Promise<Attempt> {
  const { attempt, spans } = detail;
  const lines = new Map<number, number>();
  const log = await logStat(coordinator, attempt.id);
  if (log.state !== 'missing') {
    for (const { logOffset } of spans) {
      if (logOffset === null || logOffset >= log.bytes) continue;
      const [line] = await coordinator.logs.lines(attempt.id, { atOffset: logOffset, count: 1 });
      // A section starts with an empty line of its own.
      if (line !== undefined) lines.set(logOffset, line.number);
    }
  }
  const machineName = coordinator.machines.get(attempt.machineId)?.machine.name ?? attempt.machineId;
  return presentAttempt(detail, { machineName, log, lineOf: (offset) => lines.get(offset) ?? null });
}

function presentPlan(plan: Plan): NonNullable<BuildDetail['plan']> {
  return {
    steps: plan.steps.map((step) => ({ ...step })),
    env: { ...plan.env },
    timeoutMs: plan.timeoutMs,
    silenceMs: plan.silenceMs,
    artifacts: [...plan.artifacts],
    origin: { ...plan.origin },
  };
}

/** The builds of the same builder on the commits beside this one, on the same branch. */
async function neighboursOf(
  coordinator: Coordinator,
  build: CoreBuild,
): Promise<Pick<BuildDetail, 'previous' | 'following'>> {
  const { repo, branch, position, builder } = build;
  if (branch === null || position === null) return { previous: null, following: null };
  const around = await coordinator.commits.branchCommits({ repo, branch, before: position + 2, limit: 3 });
  const before = around.find((commit) => commit.position < position);
  const after = around.find((commit) => commit.position > position);
  const hashes = [before, after].flatMap((commit) => (commit === undefined ? [] : [commit.hash]));
  const cells = await coordinator.builds.reader.cells({ repo, commits: hashes });
  const of = (hash: string | undefined) =>
    cells.find((cell) => cell.commit === hash && cell.builder === builder);
  const [previous, following] = [of(before?.hash), of(after?.hash)];
  return {
    previous: previous === undefined ? null : presentBuild(previous),
    following: following === undefined ? null : presentBuild(following),
  };
}
