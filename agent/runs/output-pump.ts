/**
 * Carries what a process writes to its spool, at the speed of the disk.
 *
 * Output may outlive the process: whatever a command leaves behind holds the pipe too, perhaps for ever. So after the leader's end it
 * is given a bounded time, and what comes later is read and thrown away, for a server that a step left running would die of
 * a closed pipe.
 */
import type { Clock } from '../kit/clock.ts';
import type { ProcessOutput } from '../platform/process.ts';
import type { Spool } from './spool.ts';

export interface OutputPump {
  /** When the last bytes came, on the monotonic clock; now, while they wait for the disk. */
  lastOutputAt(): number;
  /** The leader is gone. Resolves with `held` when others kept the pipe open past the time they get. */
  drain(): Promise<'ended' | 'held'>;
  /** Lets go of the pipe. */
  close(): void;
}

/** How long output may go on after the leader is gone: in all, and without a byte. */
const drainMs = { all: 2_000, quiet: 200 } as const;
/** From here a process that writes on is noise, and its pipe is closed. */
const discardedBytes = 64 * 1024 * 1024;

export function pumpOutput(deps: {
  readonly output: ProcessOutput;
  readonly spool: Spool;
  readonly clock: Clock;
}): OutputPump {
  const { output, spool, clock } = deps;
  let lastAt = clock.monotonic();
  let isWriting = false;
  let isKeeping = true;
  let hasEnded = false;
  let onEnd = (): void => undefined;

  async function keep(bytes: Uint8Array): Promise<void> {
    lastAt = clock.monotonic();
    isWriting = true;
    await spool.append(bytes, clock.now());
    isWriting = false;
  }

  async function pump(): Promise<void> {
    let discarded = 0;
    for (;;) {
      // A pipe that fails is a pipe that ended.
      const bytes = await output.read().catch(() => undefined);
      if (bytes === undefined) return;
      if (isKeeping) await keep(bytes);
      else discarded += bytes.length;
      if (discarded > discardedBytes) {
        output.close();
        return;
      }
    }
  }

  void pump().then(() => {
    hasEnded = true;
    onEnd();
  });

  /** Resolves at the end of the output, or after `ms`. */
  function endWithin(ms: number): Promise<void> {
    if (hasEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.after(ms, resolve);
      onEnd = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async function drain(): Promise<'ended' | 'held'> {
    const deadline = clock.monotonic() + drainMs.all;
    for (let seen = -1; !hasEnded; ) {
      const isQuiet = lastAt === seen && !isWriting;
      if (isQuiet || clock.monotonic() >= deadline) break;
      seen = lastAt;
      await endWithin(drainMs.quiet);
    }
    isKeeping = false;
    return hasEnded ? 'ended' : 'held';
  }

  return {
    lastOutputAt: () => (isWriting ? clock.monotonic() : lastAt),
    drain,
    close: () => output.close(),
  };
}
