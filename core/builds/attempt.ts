/**
 * One attempt, from plan to end, on one leased machine. Written so that it can be started anew at any point of its journal:
 * every step looks first at what is stored, and is harmless to do again.
 */
import type { Clock } from '../../agent/kit/clock.ts';
import type { IdSource } from '../../agent/kit/ids.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { BlobHolds } from '../blobs/index.ts';
import type { BlobStore } from '../blobs/ports.ts';
import type { Builder, Plan, Planned } from '../builders/types.ts';
import type { LogWriter } from '../logs/types.ts';
import type { HeldLease } from '../machines/types.ts';
import type { SourceArchive } from '../source/types.ts';
import { keepArtifacts } from './artifacts.ts';
import type { AttemptJournal } from './journal.ts';
import {
  type AttemptEnd,
  cancelledBy,
  endedBy,
  failedPlan,
  failedStep,
  judgeExit,
  passed,
} from './outcome.ts';
import { prepare } from './prepare.ts';
import { runStep } from './run-step.ts';
import { bannerText, noteText, problemsText } from './texts.ts';
import type { Artifact, Attempt, Build } from './types.ts';

export interface AttemptDeps {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly blobs: BlobStore;
  readonly holds: BlobHolds;
  /** The builder as configured now; null when the configuration has it no longer. */
  readonly builder: (name: string) => Builder | null;
  readonly plan: (builder: Builder, repo: string, commit: string) => Promise<Planned>;
  readonly archive: (repo: string, commit: string, signal: AbortSignal) => Promise<SourceArchive>;
  readonly logBytes: () => number;
}

/** Everything that belongs to this one attempt. */
export interface AttemptContext {
  readonly build: Build;
  readonly attempt: Attempt;
  readonly machineName: string;
  readonly lease: HeldLease;
  readonly journal: AttemptJournal;
  readonly log: LogWriter;
  /** The last byte that the log holds; null when it is empty. */
  readonly lastByte: () => Promise<number | null>;
  /** Fires with the name of who cancelled as its reason's `details.by`. */
  readonly cancelled: AbortSignal;
  /** Fires when the coordinator goes down: everything is left as it is. */
  readonly shutdown: AbortSignal;
}

/** Rejects only with `shutting_down`; every other end is an outcome. */
export async function runAttempt(deps: AttemptDeps, ctx: AttemptContext): Promise<AttemptEnd> {
  let artifacts: readonly Artifact[] = [];
  try {
    const planned = await planStep(deps, ctx);
    if (planned.outcome === 'refused') {
      await writeOnce(ctx, problemsText(planned.problems));
      return { ...failedPlan(planned.problems), artifacts };
    }
    const { plan } = planned;
    await prepareStep(deps, ctx);
    const banner = bannerText(ctx.build, ctx.attempt, ctx.machineName, plan);
    let failed: Omit<AttemptEnd, 'artifacts'> | null = null;
    for (const [index, step] of plan.steps.entries()) {
      const exit = await runStep(deps, ctx, { plan, index, banner });
      const verdict = judgeExit(exit);
      if (verdict.kind === 'broken') throw verdict.error;
      if (verdict.kind === 'failed') {
        failed = failedStep(step.name, verdict);
        break;
      }
      ctx.cancelled.throwIfAborted();
    }
    ctx.cancelled.throwIfAborted();
    artifacts = await artifactsStep(deps, ctx, plan);
    return { ...(failed ?? passed), artifacts };
  } catch (error) {
    ctx.shutdown.throwIfAborted();
    if (ctx.cancelled.aborted) return { ...cancelledBy(cancellerOf(ctx.cancelled)), artifacts };
    const farmError = toFarmError(error);
    await ctx.log.append(noteText(`this attempt ended: ${farmError.message}`), deps.clock.now());
    return { ...endedBy(farmError), artifacts };
  }
}

async function planStep(deps: AttemptDeps, ctx: AttemptContext): Promise<Planned> {
  const stored = ctx.journal.result('plan', 'plan');
  if (stored !== null) return stored;
  await ctx.journal.begin('plan', 'plan', {});
  const builder = deps.builder(ctx.build.builder);
  if (builder === null) {
    throw new FarmError(
      'not_found',
      `Builder "${ctx.build.builder}" is no longer in the farm's configuration`,
      {
        blame: 'farm',
        retry: { afterMs: 60_000 },
      },
    );
  }
  const planned = await deps.plan(builder, ctx.build.repo, ctx.build.commit);
  // A journal keeps what was decided, whatever the configuration says later.
  const result =
    planned.outcome === 'planned' ? copyOf(planned) : { ...planned, problems: [...planned.problems] };
  ctx.journal.finish('plan', 'plan', result);
  return result;
}

function copyOf(planned: Extract<Planned, { outcome: 'planned' }>) {
  const { plan } = planned;
  return {
    outcome: planned.outcome,
    plan: { ...plan, steps: [...plan.steps], env: { ...plan.env }, artifacts: [...plan.artifacts] },
  };
}

async function prepareStep(deps: AttemptDeps, ctx: AttemptContext): Promise<void> {
  if (ctx.journal.result('prepare', 'prepare') !== null) return;
  await ctx.journal.begin('prepare', 'prepare', {});
  const signal = AbortSignal.any([ctx.cancelled, ctx.shutdown]);
  const archive = await deps.archive(ctx.build.repo, ctx.build.commit, signal);
  await deps.holds.take(ctx.attempt.id, archive.blobKey);
  const workDir = await ctx.lease.use(signal, (session) => prepare(session, ctx, archive, deps.blobs));
  ctx.lease.markBegun();
  ctx.journal.finish('prepare', 'prepare', { workDir });
}

async function artifactsStep(
  deps: AttemptDeps,
  ctx: AttemptContext,
  plan: Plan,
): Promise<readonly Artifact[]> {
  if (plan.artifacts.length === 0) return [];
  const of = { attemptId: ctx.attempt.id, buildId: ctx.build.id };
  const stored = ctx.journal.result('artifacts', 'artifacts');
  if (stored !== null) {
    for (const { blobKey } of stored.artifacts) await deps.holds.take(ctx.attempt.id, blobKey);
    return stored.artifacts.map((artifact) => ({ ...artifact, ...of }));
  }
  await ctx.journal.begin('artifacts', 'artifacts', {});
  const signal = AbortSignal.any([ctx.cancelled, ctx.shutdown]);
  const kept = await ctx.lease.use(signal, (session) =>
    keepArtifacts({
      session,
      clock: deps.clock,
      leaseId: ctx.lease.id,
      globs: plan.artifacts,
      blobs: deps.blobs,
      hold: (key) => deps.holds.take(ctx.attempt.id, key),
      ids: deps.ids,
      signal,
    }),
  );
  if (kept.note !== null) await ctx.log.append(noteText(kept.note), deps.clock.now());
  ctx.journal.finish('artifacts', 'artifacts', kept);
  return kept.artifacts.map((artifact) => ({ ...artifact, ...of }));
}

/** For an attempt whose whole log is this text: a resumed one must not write it twice. */
async function writeOnce(ctx: AttemptContext, text: Uint8Array): Promise<void> {
  if (ctx.log.size > 0) await ctx.log.truncate(0);
  await ctx.log.append(text, ctx.attempt.startedAt);
}

function cancellerOf(signal: AbortSignal): string {
  const reason = toFarmError(signal.reason);
  const by = reason.details?.['by'];
  return typeof by === 'string' ? by : 'somebody';
}
