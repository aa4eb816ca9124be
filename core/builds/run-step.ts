/** One step of a recipe: a run on the machine, its output into the log, through broken links and restarts. */
import { Value } from '@sinclair/typebox/value';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { type Params, RunExit, type RunReport } from '../../agent/wire/protocol.ts';
import type { Session } from '../../agent/wire/session.ts';
import type { Plan } from '../builders/types.ts';
import { createSecretMask } from '../logs/index.ts';
import type { AttemptContext, AttemptDeps } from './attempt.ts';
import type { StepName } from './journal.ts';
import { sourceDir } from './prepare.ts';
import { badAgent, createRunOutput, type RunOutput } from './run-output.ts';
import { stepHeader, stepTrailer } from './texts.ts';
import { unlessSilent } from './unless-silent.ts';

export interface StepOptions {
  readonly plan: Plan;
  readonly index: number;
  /** What stands in the log before the first step. */
  readonly banner: Uint8Array;
}

const startTimeoutMs = 60_000;
/** From the polite signal to the kill, and how long after it a cancelled run's last output is waited for. */
const graceMs = 10_000;
const cancelPatienceMs = graceMs + 10_000;
/** Beyond the limits that an agent keeps by itself: what a slow link and a busy machine may take on top. */
const patienceMs = 120_000;
/** Output between two acknowledgements, after which the agent may shorten its spool. */
const acknowledgeEveryBytes = 8 * 1024 * 1024;

export async function runStep(
  deps: AttemptDeps,
  ctx: AttemptContext,
  options: StepOptions,
): Promise<RunExit> {
  const step: StepName = `run:${options.index}`;
  const stored = ctx.journal.result('run', step);
  if (stored !== null) return stored.exit;
  const outputAt = await openSection(deps, ctx, step, options);
  const hard = hardStop(deps, ctx);
  try {
    const signal = AbortSignal.any([hard.signal, ctx.shutdown]);
    const follow = createFollower(deps, ctx, { ...options, step, outputAt });
    const exit = await ctx.lease.use(signal, (session) => follow(session));
    const endsInNewline = (await ctx.lastByte()) === 10 || exit.outputBytes === 0;
    await ctx.log.append(
      stepTrailer(options.index, options.plan.steps.length, exit, endsInNewline),
      exit.endedAt,
    );
    // The next intent, another run's or that of the artifacts, is stored with this result: after a crash nobody asks the agent
    // for this output again, so all of it has to be there.
    if (options.index + 1 < options.plan.steps.length || options.plan.artifacts.length > 0)
      await ctx.log.flush();
    ctx.journal.finish('run', step, { exit });
    return exit;
  } finally {
    hard.release();
  }
}

/** Writes the step's header, or finds it again; answers where the run's output begins in the log. */
async function openSection(
  deps: AttemptDeps,
  ctx: AttemptContext,
  step: StepName,
  options: StepOptions,
): Promise<number> {
  const header = stepHeader(
    options.index,
    options.plan.steps.length,
    options.plan.steps[options.index]?.name ?? '',
  );
  const stored = ctx.journal.intent('run', step);
  if (stored === null) {
    if (options.index === 0) {
      if (ctx.log.size > 0) await ctx.log.truncate(0);
      await ctx.log.append(options.banner, ctx.attempt.startedAt);
    }
    const logAt = ctx.log.size;
    await ctx.journal.begin('run', step, { logAt });
    await ctx.log.append(header, deps.clock.now());
    return logAt + header.length;
  }
  const outputAt = stored.logAt + header.length;
  if (ctx.log.size >= outputAt) return outputAt;
  if (ctx.log.size < stored.logAt) {
    // Only the banner may be missing: later sections were flushed before this step was begun.
    if (options.index !== 0)
      throw new FarmError('storage_failed', 'The log of an earlier step is gone', {
        blame: 'farm',
        retry: 'same',
      });
    await ctx.log.truncate(0);
    await ctx.log.append(options.banner, ctx.attempt.startedAt);
  } else {
    await ctx.log.truncate(stored.logAt);
  }
  await ctx.log.append(header, ctx.journal.begunAt(step) ?? deps.clock.now());
  return outputAt;
}

interface FollowOptions extends StepOptions {
  readonly step: StepName;
  readonly outputAt: number;
}

/** Starts the run, or finds it, and takes its output from where the log ends; called anew on every connection. */
function createFollower(
  deps: AttemptDeps,
  ctx: AttemptContext,
  options: FollowOptions,
): (session: Session) => Promise<RunExit> {
  let fresh = ctx.log.size === options.outputAt;
  const secrets = deps.builder(ctx.build.builder)?.secrets ?? {};
  return async (session) => {
    const runId = `${ctx.attempt.id}.${options.index}`;
    const params = runParams(deps, ctx, { ...options, secrets }, runId);
    const mask = createSecretMask(Object.values(secrets));
    const stream = session.newStreamId();
    const source = session.receive(stream);
    let output: RunOutput;
    if (fresh) {
      output = createRunOutput(ctx, options.outputAt, mask);
      await session.call('run.start', { ...params, stream, offset: 0 }, { timeoutMs: startTimeoutMs });
    } else {
      const { runs } = await session.call('status', {}, { timeoutMs: startTimeoutMs });
      const report = runs.find((run) => run.runId === runId);
      // Its output is in the log, so it ran: to start it again would run it twice.
      if (report === undefined) throw notHeld(ctx);
      await cutTrailer(ctx, options.outputAt, report);
      // Anew for each connection: what one that broke held back comes again on the next.
      output = createRunOutput(ctx, options.outputAt, mask);
      await session.call(
        'run.attach',
        { runId, offset: output.needsFrom(ctx.log.size), stream },
        { timeoutMs: startTimeoutMs },
      );
    }
    fresh = false;
    const stopWhenCancelled = () =>
      session.call('run.signal', { runId, signal: 'stop' }).catch(() => undefined);
    if (ctx.cancelled.aborted) await stopWhenCancelled();
    ctx.cancelled.addEventListener('abort', stopWhenCancelled, { once: true });
    try {
      let acknowledged = ctx.log.size;
      const what = `the output of step ${options.index + 1}`;
      for await (const frame of unlessSilent(deps.clock, source, silentMs(params), what)) {
        await output.append(frame);
        if (ctx.log.size - acknowledged < acknowledgeEveryBytes) continue;
        await ctx.log.flush({ sync: true });
        acknowledged = ctx.log.durableSize;
        session.notify('run.acknowledge', { runId, offset: output.needsFrom(acknowledged) });
      }
      await output.end();
      const exit = await source.summary;
      if (Value.Check(RunExit, exit)) return exit;
      throw badAgent('The agent ended a run without saying how');
    } finally {
      ctx.cancelled.removeEventListener('abort', stopWhenCancelled);
    }
  };
}

/** After this long without a byte a run has run into a limit of its own, and an agent that works has said so. */
function silentMs({ limits: { timeMs, silenceMs } }: Params<'run.start'>): number {
  return Math.min(timeMs, silenceMs === 0 ? timeMs : silenceMs) + graceMs + patienceMs;
}

/** A log that was cut off after a step's end holds Croft's own trailer, which is no output of the run. */
async function cutTrailer(ctx: AttemptContext, outputAt: number, report: RunReport): Promise<void> {
  if (report.exit !== null && ctx.log.size > outputAt + report.exit.outputBytes) {
    await ctx.log.truncate(outputAt + report.exit.outputBytes);
  }
}

function notHeld(ctx: AttemptContext): FarmError {
  return new FarmError('machine_lost', `Machine "${ctx.machineName}" no longer knows the run`, {
    blame: 'machine',
    retry: 'elsewhere',
  });
}

function runParams(
  deps: AttemptDeps,
  ctx: AttemptContext,
  options: FollowOptions & { readonly secrets: Readonly<Record<string, string>> },
  runId: string,
): Params<'run.start'> {
  const { build, attempt } = ctx;
  const timeLeft = options.plan.timeoutMs - timeUsed(ctx, options.index);
  return {
    runId,
    leaseId: ctx.lease.id,
    command: { shell: options.plan.steps[options.index]?.script ?? '' },
    cwd: sourceDir,
    env: {
      ...options.plan.env,
      ...options.secrets,
      CROFT_BUILD: build.id,
      CROFT_REPO: build.repo,
      CROFT_COMMIT: build.commit,
      CROFT_BUILDER: build.builder,
      CROFT_ATTEMPT: String(attempt.number),
      ...(build.branch === null ? {} : { CROFT_BRANCH: build.branch }),
    },
    limits: {
      timeMs: Math.max(1_000, timeLeft),
      silenceMs: options.plan.silenceMs,
      outputBytes: Math.max(65_536, deps.logBytes() - options.outputAt),
      graceMs,
    },
  };
}

/**
 * What the steps before this one took, as their machine measured it. Time in which nothing of the attempt ran, because the
 * coordinator was down between two steps or its clock was set, is not the change's.
 */
function timeUsed(ctx: AttemptContext, index: number): number {
  let used = 0;
  for (let step = 0; step < index; step++) {
    const stored = ctx.journal.result('run', `run:${step}`);
    if (stored !== null) used += Math.max(0, stored.exit.endedAt - stored.exit.startedAt);
  }
  return used;
}

/** A cancelled run is stopped politely first; this signal fires when patience with it ends. */
function hardStop(deps: AttemptDeps, ctx: AttemptContext): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const released = new AbortController();
  function onCancel(): void {
    deps.clock.sleep(cancelPatienceMs, released.signal).then(
      () => controller.abort(ctx.cancelled.reason),
      () => undefined,
    );
  }
  if (ctx.cancelled.aborted) onCancel();
  else ctx.cancelled.addEventListener('abort', onCancel, { once: true, signal: released.signal });
  return { signal: controller.signal, release: () => released.abort() };
}
