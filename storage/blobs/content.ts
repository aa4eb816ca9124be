/** Streams on their way into a blob store. */

/** The same chunks, until the signal fires; a source that is silent at that moment does not hold it up. */
export async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  // Nobody may be waiting when it fires.
  aborted.catch(() => {});
  const iterator = source[Symbol.asyncIterator]();
  let finished = false;
  try {
    while (true) {
      const step = await Promise.race([iterator.next(), aborted]);
      if (step.done) {
        finished = true;
        return;
      }
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!finished) letGo(iterator);
  }
}

/** Tells a source that nothing more is wanted. Not awaited: it may be in the middle of a wait of its own. */
export function letGo(iterator: AsyncIterator<unknown>): void {
  const closing = iterator.return?.();
  // What a source says while it is given up has no one left to hear it.
  closing?.then(undefined, () => {});
}

/** The same bytes in chunks of at least `bytes`, but for the last: fewer, larger writes. */
export async function* inLargerChunks(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of source) {
    held.push(chunk);
    heldBytes += chunk.byteLength;
    if (heldBytes < bytes) continue;
    yield joined(held);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield joined(held);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}
