import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { ByteSource } from '../../agent/wire/session.ts';

/**
 * What comes on a stream, until nothing has come for `silentMs`: then the stream is broken off and the reading rejects with
 * `machine_lost`. The heartbeat only proves that the machine's agent has a link; one that is stuck must not hold its build for ever.
 * Time that the reader itself takes does not count.
 */
export async function* unlessSilent(
  clock: Clock,
  source: ByteSource,
  silentMs: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = clock.after(silentMs, () => source.cancel(silentError(silentMs, what)));
      const step = await iterator.next().finally(() => timer.cancel());
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    // Harmless after the end; a reader that stops early has the sender stop too.
    await iterator.return?.();
  }
}

function silentError(silentMs: number, what: string): FarmError {
  const seconds = Math.round(silentMs / 1_000);
  return new FarmError(
    'machine_lost',
    `The machine is connected, and sent nothing of ${what} for ${seconds} s`,
    {
      blame: 'machine',
      retry: 'elsewhere',
    },
  );
}
