/** The end of a log while it is being written: the stream of its output as numbered lines. */

import type { Clock } from '../../../../agent/kit/clock.ts';
import type { Randomness } from '../../../../agent/kit/ids.ts';
import type { LogEvent, LogLine } from '../../../api/model.ts';
import { type Api, pathWith } from '../data/api.ts';
import { followEventStream } from '../data/event-stream.ts';
import type { Visibility } from '../data/visibility.ts';
import type { ServerEvent } from '../rules/server-events.ts';
import { createLogTail } from './log-tail.ts';

export interface LogLiveDeps {
  readonly api: Pick<Api, 'open'>;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly visibility: Visibility;
}

export interface LogLiveOptions {
  readonly buildId: string;
  readonly attempt: number;
  /** The first byte of a line: what is known of that line is told again, whole. */
  readonly start: { readonly line: number; readonly offset: number };
  readonly signal: AbortSignal;
  /** Lines that are new or longer now, and how much there is in all. */
  readonly onLines: (
    lines: readonly LogLine[],
    total: { readonly lines: number; readonly bytes: number },
  ) => void;
  readonly onLive: (isLive: boolean) => void;
  /** The attempt is over. Nothing is told after it. */
  readonly onEnd: () => void;
  /** Output is missing between what was told and what came: start over. Nothing is told after it. */
  readonly onGap: () => void;
}

/** Newest lines kept of one burst. */
const keepLines = 4_000;

/** Runs until the signal fires, the attempt ends, or output is missing. Never rejects. */
export async function followLog(deps: LogLiveDeps, options: LogLiveOptions): Promise<void> {
  const tail = createLogTail(options.start, keepLines);
  const over = new AbortController();
  function end(tell: () => void): void {
    over.abort();
    options.onLive(false);
    tell();
  }
  function receive(event: ServerEvent): void {
    const told = over.signal.aborted ? null : eventOf(event);
    if (told === null) return;
    if (told.type === 'end') end(options.onEnd);
    else if (told.type === 'attempt') {
      if (told.number !== options.attempt) end(options.onEnd);
    } else {
      const lines = tail.push(told, offsetOfId(event.id));
      if (lines === null) end(options.onGap);
      else options.onLines(lines, { lines: tail.lines, bytes: tail.offset });
    }
  }
  const path = pathWith(`/api/v1/builds/${encodeURIComponent(options.buildId)}/log`, {
    attempt: options.attempt,
    offset: options.start.offset,
  });
  await followEventStream(deps, {
    path: () => path,
    lastEventId: '',
    signal: AbortSignal.any([options.signal, over.signal]),
    onState: (state) => {
      if (!over.signal.aborted) options.onLive(state.kind === 'live');
    },
    onEvent: receive,
  });
}

/** Ids end in the offset after the event: `1.4096` is in the log of attempt 1. */
function offsetOfId(id: string): number {
  return Number(id.slice(id.lastIndexOf('.') + 1));
}

function eventOf(event: ServerEvent): LogEvent | null {
  try {
    return JSON.parse(event.data) as LogEvent;
  } catch {
    // Text that is no event cannot be placed; the gap it leaves makes the reader start over.
    return null;
  }
}
