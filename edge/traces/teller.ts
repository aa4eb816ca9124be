/** Tells the trace of every build that gets its verdict. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import { type Build, isFinished } from '../../core/builds/types.ts';
import type { Coordinator } from '../../core/types.ts';
import { traceOf } from './build-trace.ts';
import type { TraceSink } from './types.ts';

export interface TellerDeps {
  readonly coordinator: Pick<Coordinator, 'builds' | 'commits'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly sink: TraceSink;
}

export interface Teller {
  /** Resolves once all that ended so far is told. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Builds whose trace may wait to be read; past this some are left out rather than memory filled. */
const mostWaiting = 5_000;
/** A coordinator that was killed had told its last builds, but perhaps they were not sent: the same ids again change nothing. */
const toldAgainMs = 120_000;
const toldAgainBuilds = 500;
const stopWithinMs = 3_000;

export function createTeller({ coordinator, clock, log, sink }: TellerDeps): Teller {
  const { builds, commits } = coordinator;
  const waiting: Build[] = [];
  let leftOut = 0;
  let telling: Promise<void> | null = null;

  async function seenAt({ repo, branch, position, commit, trigger }: Build): Promise<number | null> {
    if (branch === null || position === null || trigger !== 'commit') return null;
    const [place] = await commits.branchCommits({ repo, branch, before: position + 1, limit: 1 });
    return place?.hash === commit ? place.seenAt : null;
  }

  async function tell(build: Build): Promise<void> {
    try {
      sink.send(traceOf({ build, attempts: await builds.attempts(build.id), seenAt: await seenAt(build) }));
    } catch (error) {
      log.warn('traces.not-told', { build: build.id, message: toFarmError(error).message });
    }
  }

  async function tellAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await tell(next);
    if (leftOut > 0) log.warn('traces.left-out', { builds: leftOut });
    leftOut = 0;
    telling = null;
  }

  function add(build: Build): void {
    if (waiting.length >= mostWaiting) {
      leftOut++;
      return;
    }
    waiting.push(build);
    telling ??= tellAll();
  }

  async function tellAgain(): Promise<void> {
    const since = clock.now() - toldAgainMs;
    const newest = await builds.reader.builds({ limit: toldAgainBuilds });
    for (const build of newest) {
      if (isFinished(build.state) && build.endedAt !== null && build.endedAt >= since) add(build);
    }
  }

  const stopHearing = builds.onChange((build) => {
    if (isFinished(build.state)) add(build);
  });
  const again = tellAgain().catch((error: unknown) =>
    log.warn('traces.not-told', { message: toFarmError(error).message }),
  );

  async function settled(): Promise<void> {
    await again;
    while (telling !== null) await telling;
  }

  async function sent(): Promise<void> {
    await settled();
    await sink.stop();
  }

  return {
    settled,
    async stop() {
      stopHearing();
      // A collector that is away must not keep the coordinator from going down.
      await Promise.race([sent(), clock.sleep(stopWithinMs)]);
    },
  };
}
