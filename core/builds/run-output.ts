/** Output of a run on its way into the log: its times taken off, its secrets hidden, going on where the log ends. */
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { SecretMask } from '../logs/index.ts';
import type { AttemptContext } from './attempt.ts';

/** Each data frame of a run's output starts with its time. */
const timeBytes = 8;

export interface RunOutput {
  /** Where the run's output has to be sent from to go on behind the first `logSize` bytes of the log. */
  needsFrom(logSize: number): number;
  append(frame: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** `outputAt`: where in the log the output of this run begins. The log is not to be cut any more. */
export function createRunOutput(
  ctx: Pick<AttemptContext, 'log' | 'attempt'>,
  outputAt: number,
  mask: SecretMask | null,
): RunOutput {
  const needsFrom = (logSize: number): number => Math.max(0, logSize - outputAt - (mask?.reach ?? 0));
  let known = ctx.log.size - outputAt - needsFrom(ctx.log.size);
  let lastAt = ctx.attempt.startedAt;

  async function append(bytes: Uint8Array, at: number): Promise<void> {
    const fresh = bytes.subarray(Math.min(known, bytes.length));
    known -= bytes.length - fresh.length;
    if (fresh.length > 0) await ctx.log.append(fresh, at);
  }

  return {
    needsFrom,
    async append(frame) {
      if (frame.length < timeBytes) throw badAgent('The agent sent output without its time');
      lastAt = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getFloat64(0);
      const bytes = frame.subarray(timeBytes);
      await append(mask === null ? bytes : mask.push(bytes), lastAt);
    },
    async end() {
      if (mask !== null) await append(mask.end(), lastAt);
    },
  };
}

export function badAgent(problem: string): FarmError {
  return new FarmError('protocol_violation', problem, { blame: 'machine', retry: 'elsewhere' });
}
