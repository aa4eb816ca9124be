/** Looks after one repository: checks at intervals, when poked, and when somebody asks for a commit that is not there. */
import { type BackoffPolicy, backoffDelayMs } from '../../agent/kit/backoff.ts';
import type { Clock } from '../../agent/kit/clock.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import type { Log } from '../../agent/kit/log.ts';
import { type FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { Repository } from '../builders/types.ts';
import { type CheckDeps, createCheck } from './check.ts';
import { coalesced } from './coalesced.ts';

export interface RepositoryWatch {
  /** Brings what is recorded up to the remote; joins a check that has not begun yet. Rejects when it can't. */
  check(): Promise<void>;
  /** The next check is now. */
  poke(): void;
  /** What the configuration says from now on. */
  follow(repository: Repository): void;
  /** Checks until `stop`. */
  run(): Promise<void>;
  stop(reason: FarmError): void;
}

export interface WatchDeps extends CheckDeps {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
}

/** A storm of pokes costs the remote no more than this. */
const shortestPauseMs = 500;
const errorPause = { factor: 2, maxMs: 300_000 } as const;

export function createRepositoryWatch(deps: WatchDeps, configured: Repository): RepositoryWatch {
  const { clock, log } = deps;
  const stopped = new AbortController();
  let repository = configured;
  let lastStartedAt = Number.NEGATIVE_INFINITY;
  let isPoked = false;
  let wakeUp = (): void => {};

  const once = createCheck(deps, configured.name);
  const check = coalesced(async () => {
    stopped.signal.throwIfAborted();
    lastStartedAt = clock.monotonic();
    await once(repository, stopped.signal);
  });

  /** Answers whether it went well; what went wrong is in the repository's state and in the log. */
  async function attempt(): Promise<boolean> {
    try {
      await check();
      return true;
    } catch (error) {
      const { code, message } = toFarmError(error);
      if (!stopped.signal.aborted) log.warn('source.check-failed', { repo: configured.name, code, message });
      return false;
    }
  }

  async function pause(failures: number): Promise<void> {
    const wanted = failures === 0 ? jittered(repository.pollMs) : afterFailure(failures);
    await sleepUntilPoked(wanted);
    if (isPoked) await sleepUntilStopped(lastStartedAt + shortestPauseMs - clock.monotonic());
    isPoked = false;
  }

  /** Many repositories must not all be looked at in the same second for ever. */
  function jittered(ms: number): number {
    return ms * (0.9 + 0.2 * deps.randomness.fraction());
  }

  function afterFailure(failures: number): number {
    const policy: BackoffPolicy = { ...errorPause, firstMs: Math.max(repository.pollMs, 1_000) };
    return Math.max(shortestPauseMs, backoffDelayMs(failures, policy, deps.randomness));
  }

  async function sleepUntilPoked(ms: number): Promise<void> {
    if (isPoked) return;
    const wake = new AbortController();
    wakeUp = () => wake.abort();
    try {
      await clock.sleep(ms, wake.signal);
    } catch (error) {
      if (!wake.signal.aborted) throw error;
    }
  }

  async function sleepUntilStopped(ms: number): Promise<void> {
    if (ms <= 0) return;
    try {
      await clock.sleep(ms, stopped.signal);
    } catch (error) {
      if (!stopped.signal.aborted) throw error;
    }
  }

  function poke(): void {
    isPoked = true;
    wakeUp();
  }

  return {
    check,
    poke,
    follow(next) {
      const isOther = JSON.stringify(next) !== JSON.stringify(repository);
      repository = next;
      if (isOther) poke();
    },
    async run() {
      let failures = 0;
      while (!stopped.signal.aborted) {
        failures = (await attempt()) ? 0 : failures + 1;
        if (!stopped.signal.aborted) await pause(failures);
      }
    },
    stop(reason) {
      stopped.abort(reason);
      wakeUp();
    },
  };
}
