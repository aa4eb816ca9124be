import type { Clock } from '../../agent/kit/clock.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import { formatDuration } from '../pages/app/rules/time.ts';
import type { ProcessEnd, Processes, RunningProcess } from './processes.ts';
import { restartDelayMs, restartPolicy } from './restart-policy.ts';

/** One process that the supervisor keeps alive. */
export interface PartSpec {
  /** For messages: `the coordinator`. */
  readonly name: string;
  /** One that an earlier supervisor started and that is alive still; null when there is none. */
  find(): RunningProcess | null;
  /** Starts it anew. May reject, which counts as a death; must start nothing once the signal has fired. */
  launch(signal: AbortSignal): Promise<RunningProcess>;
  /** The last thing it said, for the message about its death; null when it said nothing. */
  lastWords(): string | null;
  /** Starting it again would be no use. */
  isFinal(end: ProcessEnd): boolean;
  /** How long it may take to stop. */
  readonly graceMs: number;
}

export interface PartDeps {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly processes: Processes;
  readonly say: (line: string) => void;
}

export interface Part {
  readonly pid: number | null;
  /**
   * Keeps it alive until the signal fires; the process itself is left as it is. Rejects with `could_not_start` when it ended
   * in a way that is final.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Ends the process; call it when `run` is over. */
  stop(): Promise<void>;
  /** At once, for somebody who will not wait. */
  kill(): void;
}

/** The exit code with which both programs say that their options or their folder can't be used. */
const refusedItsOptions = 2;

export function createPart(deps: PartDeps, spec: PartSpec): Part {
  let current: RunningProcess | null = null;
  let deaths = 0;

  async function keepAlive(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = deps.clock.monotonic();
      const end = await live(signal);
      if (end === null || signal.aborted) return;
      const launched = current !== null;
      current = null;
      if (launched && spec.isFinal(end)) throw finalError(end);
      deaths = deps.clock.monotonic() - startedAt >= restartPolicy.wellAfterMs ? 1 : deaths + 1;
      const waitMs = restartDelayMs(deaths, deps.randomness);
      const what = launched ? 'stopped unasked' : 'could not be started';
      const next = `trying again in ${formatDuration(waitMs)}`;
      // Of one that a signal ended the last words tell nothing.
      const words = launched && end.exitCode !== null ? said() : '';
      deps.say(`${spec.name} ${what} (${end.text}), ${next}${words}`);
      // The signal ends the watch, which the loop sees by itself.
      await deps.clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  /** Starts it when it does not run and waits for its end; null when the signal came first. */
  async function live(signal: AbortSignal): Promise<ProcessEnd | null> {
    try {
      // One that was only slow to be found must not be doubled.
      current ??= spec.find() ?? (await spec.launch(signal));
    } catch (error) {
      return { exitCode: null, text: toFarmError(error).message };
    }
    if (deaths > 0) deps.say(`${spec.name} runs again (process ${current.pid})`);
    return await endOf(current, signal);
  }

  function said(): string {
    const words = spec.lastWords();
    return words === null ? '' : `; it said: ${words}`;
  }

  function finalError(end: ProcessEnd): FarmError {
    const words = spec.lastWords() ?? `${spec.name} ended with ${end.text} and said nothing`;
    const refused = end.exitCode === refusedItsOptions;
    return new FarmError(refused ? 'invalid_input' : 'could_not_start', words, { blame: 'caller' });
  }

  return {
    get pid() {
      return current?.pid ?? null;
    },
    run: keepAlive,
    async stop() {
      const running = current ?? spec.find();
      if (running === null) return;
      const how = await deps.processes.stop(running, spec.graceMs);
      if (how === 'killed')
        deps.say(`${spec.name} did not stop within ${formatDuration(spec.graceMs)}, it was killed`);
    },
    kill() {
      const running = current ?? spec.find();
      if (running !== null) deps.processes.kill(running.pid);
    },
  };
}

async function endOf(running: RunningProcess, signal: AbortSignal): Promise<ProcessEnd | null> {
  if (signal.aborted) return null;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([running.exited, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
