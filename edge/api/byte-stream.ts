/** Bytes of core as the body of a response. */
import type { Log } from '../../agent/kit/log.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';

/**
 * At the reader's pace; a reader that leaves ends the source. Rejects when the source fails before its first bytes, while the answer
 * can still say so; later the connection breaks off, which `content-length` lets every reader notice.
 */
export async function byteStream(
  source: AsyncIterable<Uint8Array>,
  log: Log,
): Promise<ReadableStream<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  let first: IteratorResult<Uint8Array> | null = await iterator.next();
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = first ?? (await iterator.next());
        first = null;
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        const { code, message } = toFarmError(error);
        log.warn('download.broke', { code, message });
        controller.error(error);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
