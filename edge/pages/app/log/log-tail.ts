/** Turns the bytes of a live log into numbered lines. */
import type { LogLine } from '../../../api/model.ts';

/** Longest line kept of a live log; the window API has the rest. */
export const liveLineChars = 16_384;

export interface LogTail {
  /** Number of the newest line, finished or not; 0 while there is none. */
  readonly lines: number;
  /** Offset that the next piece has to begin at. */
  readonly offset: number;
  /** Lines that are new or longer now, oldest first; at most `keep` of them, the newest. Null: a gap, start over. */
  push(
    piece: { readonly offset: number; readonly text: string },
    nextOffset: number,
  ): readonly LogLine[] | null;
}

/**
 * `start` is the first byte of line `start.line`, so that the piece from there on tells the whole line. The stream is cut at
 * characters, never inside one; `nextOffset` (the event's id) says where the next piece begins, since text does not tell bytes.
 */
export function createLogTail(
  start: { readonly line: number; readonly offset: number },
  keep: number,
): LogTail {
  let number = start.line;
  let lineOffset = start.offset;
  let offset = start.offset;
  let open = '';
  let cut = false;

  function lineOf(text: string): LogLine {
    return { number, offset: lineOffset, at: null, text, cut };
  }

  function grow(text: string): void {
    cut = cut || open.length + text.length > liveLineChars;
    open = (open + text.slice(0, liveLineChars)).slice(0, liveLineChars);
  }

  return {
    get lines() {
      return open === '' && !cut ? number - 1 : number;
    },
    get offset() {
      return offset;
    },
    push(piece, nextOffset) {
      if (piece.offset !== offset) return null;
      const changed: LogLine[] = [];
      const parts = piece.text.split('\n');
      for (const [index, part] of parts.entries()) {
        grow(part);
        if (index === parts.length - 1) break;
        changed.push(lineOf(open));
        if (changed.length > 2 * keep) changed.splice(0, changed.length - keep);
        number++;
        // Exact only for text that was valid UTF-8; a link goes by line number, never by this.
        lineOffset = nextOffset;
        open = '';
        cut = false;
      }
      offset = nextOffset;
      if (open !== '' || cut) changed.push(lineOf(open));
      return changed.slice(-keep);
    },
  };
}
