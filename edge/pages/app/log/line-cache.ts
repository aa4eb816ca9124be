/** Lines of one log that are in memory: whole chunks by number, the least recently seen given up first. */
import type { LogLine } from '../../../api/model.ts';

export interface LineCacheLimits {
  readonly chunkLines: number;
  readonly maxChunks: number;
  /** Characters of text in all, since lines may be long. */
  readonly maxChars: number;
}

export const lineCacheLimits: LineCacheLimits = { chunkLines: 250, maxChunks: 80, maxChars: 24_000_000 };

interface Chunk {
  readonly lines: (LogLine | undefined)[];
  held: number;
  chars: number;
}

export interface LineCache {
  /** Undefined: not in memory. */
  get(line: number): LogLine | undefined;
  put(lines: readonly LogLine[]): void;
  clear(): void;
  /** Whole chunks to ask for, so that lines `first` to before `end` are in memory. */
  missing(first: number, end: number, totalLines: number): readonly { from: number; count: number }[];
  readonly heldLines: number;
}

function firstLacking(chunk: Chunk | undefined, size: number): number {
  for (let place = 0; chunk !== undefined && place < size; place++) {
    if (chunk.lines[place] === undefined) return place;
  }
  return 0;
}

export function createLineCache(limits: LineCacheLimits = lineCacheLimits): LineCache {
  // Insertion order is the order of use.
  const chunks = new Map<number, Chunk>();
  let chars = 0;
  let heldLines = 0;

  const indexOf = (line: number): number => Math.floor((line - 1) / limits.chunkLines);
  const placeOf = (line: number): number => (line - 1) % limits.chunkLines;

  function forget(index: number): void {
    const chunk = chunks.get(index);
    if (chunk === undefined) return;
    chars -= chunk.chars;
    heldLines -= chunk.held;
    chunks.delete(index);
  }

  function trim(): void {
    for (const index of chunks.keys()) {
      if (chunks.size <= limits.maxChunks && (chars <= limits.maxChars || chunks.size <= 2)) return;
      forget(index);
    }
  }

  function set(line: LogLine): void {
    const index = indexOf(line.number);
    const chunk = chunks.get(index) ?? { lines: [], held: 0, chars: 0 };
    const old = chunk.lines[placeOf(line.number)];
    const added = line.text.length - (old?.text.length ?? 0);
    chunk.lines[placeOf(line.number)] = line;
    chunk.chars += added;
    chars += added;
    if (old === undefined) {
      chunk.held++;
      heldLines++;
    }
    chunks.delete(index);
    chunks.set(index, chunk);
  }

  function missing(first: number, end: number, totalLines: number): { from: number; count: number }[] {
    const wanted: { from: number; count: number }[] = [];
    for (
      let index = indexOf(Math.max(1, first));
      index * limits.chunkLines < Math.min(end - 1, totalLines);
      index++
    ) {
      const start = index * limits.chunkLines + 1;
      const size = Math.min(limits.chunkLines, totalLines - start + 1);
      const chunk = chunks.get(index);
      if (chunk === undefined || chunk.held < size) {
        // An answer may hold fewer lines than asked for, when they are long: go on from where it ended.
        const lacking = firstLacking(chunk, size);
        wanted.push({ from: start + lacking, count: size - lacking });
      } else {
        chunks.delete(index);
        chunks.set(index, chunk);
      }
    }
    return wanted;
  }

  return {
    get heldLines() {
      return heldLines;
    },
    get: (line) => chunks.get(indexOf(line))?.lines[placeOf(line)],
    put(lines) {
      for (const line of lines) set(line);
      trim();
    },
    clear() {
      chunks.clear();
      chars = 0;
      heldLines = 0;
    },
    missing,
  };
}
