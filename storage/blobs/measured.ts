import type { Clock } from '../../agent/kit/clock.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import type { BlobStore } from '../../core/blobs/ports.ts';
import type { Fact, Tell } from '../../core/facts/types.ts';

type Operation = Extract<Fact, { type: 'blob' }>['operation'];

/** The same store, which tells how long each operation took and whether it went well. */
export function measuredBlobs(
  store: BlobStore,
  deps: { readonly clock: Clock; readonly tell: Tell },
): BlobStore {
  const { clock, tell } = deps;

  async function measured<T>(operation: Operation, run: () => Promise<T>): Promise<T> {
    const startedAt = clock.monotonic();
    try {
      const answer = await run();
      tell({ type: 'blob', operation, ms: clock.monotonic() - startedAt, ok: true });
      return answer;
    } catch (error) {
      tell({ type: 'blob', operation, ms: clock.monotonic() - startedAt, ok: !isOurFault(error) });
      throw error;
    }
  }

  /** Its time is what the store took, without what the reader did between two parts. */
  async function* streamed<T>(operation: Operation, parts: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = parts[Symbol.asyncIterator]();
    let ms = 0;
    let ok = true;
    try {
      for (;;) {
        const startedAt = clock.monotonic();
        const step = await iterator.next().finally(() => {
          ms += clock.monotonic() - startedAt;
        });
        if (step.done === true) return;
        yield step.value;
      }
    } catch (error) {
      ok = !isOurFault(error);
      throw error;
    } finally {
      tell({ type: 'blob', operation, ms, ok });
      await iterator.return?.();
    }
  }

  return {
    put: (key, content, options) => measured('put', () => store.put(key, content, options)),
    get: (key, range) => streamed('get', store.get(key, range)),
    stat: (key) => measured('stat', () => store.stat(key)),
    remove: (key) => measured('remove', () => store.remove(key)),
    list: (prefix) => streamed('list', store.list(prefix)),
  };
}

/** An object that is not there, a key that can't be one, and a caller that gave up are no failures of the store. */
function isOurFault(error: unknown): boolean {
  const { code } = toFarmError(error, { code: 'storage_failed' });
  return !['blob_missing', 'invalid_input', 'cancelled', 'shutting_down'].includes(code);
}
