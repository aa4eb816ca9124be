/** Bytes of a log in pieces, for downloads and late followers. */
import type { Breather } from './breather.ts';
import { logLimits } from './limits.ts';
import { blockOf } from './line-index.ts';
import type { LogSource } from './log-source.ts';
import type { LogChunk } from './types.ts';

const { blockBytes } = logLimits;

/** From `from` to before `to`, which are cut to the log. */
export async function* readChunks(
  source: LogSource,
  range: { readonly from: number; readonly to: number },
  breather: Breather,
): AsyncGenerator<LogChunk> {
  const from = Math.max(0, range.from);
  const to = Math.min(range.to, source.bytes);
  if (from >= to) return;
  let start = blockOf(from) * blockBytes;
  for await (const block of source.blocks(blockOf(from), blockOf(to - 1) + 1)) {
    const first = Math.max(0, from - start);
    yield { offset: start + first, bytes: block.subarray(first, to - start) };
    start += block.length;
    await breather.pause();
  }
}
