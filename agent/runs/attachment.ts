/** Sends the output of a run to whoever asks, from any offset, live to its end; any number at once, each at its own speed. */
import { createDeferred, type Deferred } from '../kit/deferred.ts';
import { FarmError, toFarmError } from '../wire/farm-error.ts';
import { limits } from '../wire/limits.ts';
import type { ByteSink } from '../wire/session.ts';
import type { Run } from './run.ts';
import type { Chunk } from './spool.ts';

/** Each data frame starts with the time of its bytes. */
const timeBytes = 8;

/** Throws for an offset whose bytes are gone. One past the end waits for it, as one at the end does. */
export function checkOffset(run: Run, offset: number): void {
  if (offset < run.spool.firstOffset) throw droppedError(run);
}

/** Resolves when all is sent or the stream is broken off; never rejects. */
export async function sendOutput(run: Run, from: number, sink: ByteSink): Promise<void> {
  const reader = run.spool.reader();
  const wake = createWake();
  const stopListening = run.spool.onGrowth(wake.set);
  let isBroken = false;
  void run.ended.then(wake.set);
  void sink.broken.then(() => {
    isBroken = true;
    wake.set();
  });
  try {
    for (let offset = from; !isBroken; ) {
      // Asked before reading: what is read after it includes all that the run wrote.
      const exit = run.exit;
      const chunk = await reader.read(offset, limits.dataFrameBytes - timeBytes);
      if (chunk !== undefined) {
        await sink.write(frameOf(chunk));
        offset += chunk.bytes.length;
      } else if (offset < run.spool.firstOffset) throw droppedError(run);
      else if (exit !== null) return sink.end(exit);
      else await wake.wait();
    }
  } catch (error) {
    sink.reset(toFarmError(error, { blame: 'machine' }));
  } finally {
    stopListening();
    reader.close();
  }
}

function frameOf({ bytes, at }: Chunk): Uint8Array {
  const frame = new Uint8Array(timeBytes + bytes.length);
  new DataView(frame.buffer).setFloat64(0, at);
  frame.set(bytes, timeBytes);
  return frame;
}

function droppedError(run: Run): FarmError {
  return new FarmError(
    'conflict',
    `Output before byte ${run.spool.firstOffset} was acknowledged and is no longer here`,
    { blame: 'caller' },
  );
}

/** A signal that is not lost when nobody waits yet; one waiter. */
function createWake(): { set(): void; wait(): Promise<void> } {
  let isSet = false;
  let waiter: Deferred<void> | undefined;
  return {
    set() {
      isSet = true;
      waiter?.resolve();
    },
    async wait() {
      if (!isSet) {
        waiter = createDeferred();
        await waiter.promise;
        waiter = undefined;
      }
      isSet = false;
    },
  };
}
