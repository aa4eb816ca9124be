/**
 * Follows an open log to its end. A reader at the end is served from memory that all share; one that is slow, or comes late, from the
 * file. A reader that does not ask costs nothing.
 */
import { goingDown, type LiveLog } from './live-log.ts';
import type { LogChunk } from './types.ts';

/** Of one chunk. */
const chunkBytes = 64 * 1024;

/**
 * From `from` on, which may lie past the end. Ends when the log is sealed and read to its end; rejects with the signal's reason, or
 * `shutting_down`. Unlike a generator it is also ended at once by `return` while it waits.
 */
export function followLive(log: LiveLog, from: number, signal: AbortSignal): AsyncIterableIterator<LogChunk> {
  let leave: (() => void) | null = null;
  let offset = from;
  let isDone = false;
  let wake: () => void = () => undefined;

  function finish(): IteratorReturnResult<undefined> {
    isDone = true;
    leave?.();
    leave = null;
    wake();
    return { done: true, value: undefined };
  }

  function growth(): Promise<void> {
    return new Promise((resolve) => {
      const withdraw = log.onGrowth(() => wake());
      wake = () => {
        wake = () => undefined;
        withdraw();
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => wake();
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function next(): Promise<IteratorResult<LogChunk, undefined>> {
    if (!isDone) leave ??= log.addFollower();
    while (!isDone) {
      signal.throwIfAborted();
      if (offset < log.size) {
        const bytes = await log.read(offset, Math.min(log.size, offset + chunkBytes));
        const value = { offset, bytes };
        offset += bytes.length;
        return { done: false, value };
      }
      if (log.state === 'sealed') break;
      if (log.state === 'stopped') throw goingDown();
      await growth();
    }
    return finish();
  }

  async function guarded(): Promise<IteratorResult<LogChunk, undefined>> {
    try {
      return await next();
    } catch (error) {
      finish();
      throw error;
    }
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: guarded,
    return: () => Promise.resolve(finish()),
  };
}
