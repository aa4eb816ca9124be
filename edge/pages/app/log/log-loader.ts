/** One attempt's log: windows of it on demand, and its live end while it is being written. */

import type { Clock } from '../../../../agent/kit/clock.ts';
import type { Randomness } from '../../../../agent/kit/ids.ts';
import { FarmError, toFarmError } from '../../../../agent/wire/farm-error.ts';
import type { LogLine, LogWindow } from '../../../api/model.ts';
import { type Api, pathWith } from '../data/api.ts';
import type { Visibility } from '../data/visibility.ts';
import { createLineCache, type LineCache } from './line-cache.ts';
import { followLog } from './log-live.ts';

export interface LogStatus {
  readonly state: 'loading' | 'open' | 'sealed' | 'missing';
  readonly totalLines: number;
  readonly totalBytes: number;
  readonly droppedBytes: number;
  readonly error: FarmError | null;
  /** New output comes in by itself. */
  readonly isLive: boolean;
}

export interface LogLoader {
  status(): LogStatus;
  line(number: number): LogLine | undefined;
  /** Lines `first` to before `end` are looked at. */
  show(first: number, end: number): void;
  /** Lines that came in live have no times; asks for those of the lines looked at. */
  fetchTimes(): void;
  retry(): void;
  stop(): void;
}

export interface LogLoaderDeps {
  readonly api: Pick<Api, 'get' | 'open'>;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly visibility: Visibility;
  readonly buildId: string;
  readonly attempt: number;
  /** The attempt runs, so its log grows. */
  readonly isRunning: boolean;
  readonly onChange: () => void;
  /** The build is finished, or has begun another attempt. */
  readonly onEnd: () => void;
}

/** A fling over a long log passes thousands of windows; only where it comes to rest is fetched. */
const settleMs = 50;
const requestsAtOnce = 3;
const lastLines = 200;
/** A farm that is not there, or is going down, is asked again after this. */
const retryMs = 3_000;

export function createLogLoader(deps: LogLoaderDeps): LogLoader {
  const stopping = new AbortController();
  const cache: LineCache = createLineCache();
  const asked = new Set<number>();
  let shown = { first: 1, end: 1 };
  let timer: { cancel(): void } | null = null;
  let status: LogStatus = {
    state: 'loading',
    totalLines: 0,
    totalBytes: 0,
    droppedBytes: 0,
    error: null,
    isLive: false,
  };

  function change(patch: Partial<LogStatus>): void {
    if (stopping.signal.aborted) return;
    status = { ...status, ...patch };
    deps.onChange();
  }

  function path(query: Record<string, number>): string {
    return pathWith(`/api/v1/builds/${encodeURIComponent(deps.buildId)}/log/lines`, {
      attempt: deps.attempt,
      ...query,
    });
  }

  async function fetchLines(query: Record<string, number>): Promise<LogWindow> {
    const window = await deps.api.get<LogWindow>(path(query), stopping.signal);
    cache.put(window.lines);
    return window;
  }

  function totalsOf(window: LogWindow): Partial<LogStatus> {
    // While output streams in, the stream knows more than an answer that was under way.
    const isBehind = status.isLive && window.totalLines < status.totalLines;
    return {
      state: window.state,
      droppedBytes: window.droppedBytes,
      ...(isBehind ? {} : { totalLines: window.totalLines, totalBytes: window.totalBytes }),
    };
  }

  function fail(caught: unknown): void {
    if (stopping.signal.aborted) return;
    const error = toFarmError(caught);
    change({ error });
    if (isPassing(error)) deps.clock.after(retryMs, retry);
  }

  function retry(): void {
    if (status.error === null || stopping.signal.aborted) return;
    change({ error: null });
    if (status.state === 'loading') begin().catch(fail);
    else settle();
  }

  async function begin(): Promise<void> {
    const window = await fetchLines({ last: lastLines });
    change({ ...totalsOf(window), error: null });
    settle();
    if (window.state === 'open' || (window.state === 'missing' && deps.isRunning)) {
      const last = window.lines.at(-1);
      followLive(last === undefined ? { line: 1, offset: 0 } : { line: last.number, offset: last.offset });
    }
  }

  function settle(): void {
    timer = null;
    for (const { from, count } of cache.missing(shown.first, shown.end, status.totalLines)) {
      if (asked.has(from) || asked.size >= requestsAtOnce) continue;
      asked.add(from);
      fetchLines({ from, count })
        .then((window) => takeWindow(window, from))
        .catch(fail)
        .finally(() => {
          asked.delete(from);
          if (status.error === null) schedule();
        });
    }
  }

  function takeWindow(window: LogWindow, from: number): void {
    if (window.lines.length > 0) change({ ...totalsOf(window), error: null });
    else if (window.totalLines < from)
      change({ totalLines: window.totalLines, totalBytes: window.totalBytes });
    else throw new FarmError('internal', `The log has no line ${from}`, { blame: 'farm' });
  }

  function schedule(): void {
    timer ??= deps.clock.after(settleMs, settle);
  }

  function followLive(start: { readonly line: number; readonly offset: number }): void {
    followLog(deps, {
      buildId: deps.buildId,
      attempt: deps.attempt,
      start,
      signal: stopping.signal,
      onLive: (isLive) => change({ isLive }),
      onLines(lines, total) {
        cache.put(lines);
        change({
          state: 'open',
          totalLines: Math.max(status.totalLines, total.lines),
          totalBytes: total.bytes,
        });
      },
      onEnd() {
        fetchLines({ last: lastLines }).then((window) => change(totalsOf(window)), fail);
        deps.onEnd();
      },
      onGap() {
        cache.clear();
        begin().catch(fail);
      },
    }).catch(fail);
  }

  begin().catch(fail);
  return {
    status: () => status,
    line: (number) => cache.get(number),
    show(first, end) {
      shown = { first, end };
      if (cache.missing(first, end, status.totalLines).length > 0) schedule();
    },
    fetchTimes() {
      const isUntimed = (number: number): boolean => cache.get(number)?.at === null;
      // The newest line may still grow: its time comes with the next question.
      for (let number = shown.first; number < Math.min(shown.end, status.totalLines); number++) {
        if (isUntimed(number)) {
          fetchLines({ from: number, count: Math.min(500, shown.end - number) }).then(() => change({}), fail);
          return;
        }
      }
    },
    retry,
    stop() {
      timer?.cancel();
      stopping.abort();
    },
  };
}

function isPassing(error: FarmError): boolean {
  return error.code === 'connection_lost' || error.code === 'shutting_down';
}
