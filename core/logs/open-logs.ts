/** The logs that are being written by this process, or were by one before it, each opened once. */
import type { FarmError } from '../../agent/wire/farm-error.ts';
import type { FlushBudget } from './flusher.ts';
import { goingDown, type LiveLog, type LiveLogDeps, openLiveLog } from './live-log.ts';
import type { ProblemScan, ProblemScanner } from './problem-scan.ts';
import type { LogFigures, SealedLog } from './types.ts';

export interface OpenLog {
  readonly live: LiveLog;
  problems: ProblemScan;
  /** Made and not yet stored; good as long as nothing is written. */
  sealed: SealedLog | null;
}

export interface OpenLogs {
  /** Null when this process has not opened it. */
  get(id: string): Promise<OpenLog> | null;
  /** Opened already, or now from a file that an earlier process left; null without either. */
  find(id: string): Promise<OpenLog | null>;
  /** Opened already, or now, from its file or empty. */
  open(id: string): Promise<OpenLog>;
  forget(id: string): void;
  /** Files that an earlier process left and nobody has opened. */
  leftovers(): Promise<readonly string[]>;
  figures(): LogFigures;
  stop(): Promise<void>;
}

export function createOpenLogs(deps: Omit<LiveLogDeps, 'budget'>, problems: ProblemScanner): OpenLogs {
  const budget: FlushBudget = { unflushedBytes: 0 };
  const entries = new Map<string, Promise<OpenLog>>();
  const opened = new Map<string, LiveLog>();
  /** Logs that have a file of an earlier process. */
  const left = new Set<string>();
  let listing: Promise<void> | null = null;
  let stopped: FarmError | null = null;

  /** Asked once: from then on only this process makes and removes files. */
  function listed(): Promise<void> {
    listing ??= deps.files.list().then(
      (ids) => {
        for (const id of ids) left.add(id);
      },
      (error: unknown) => {
        listing = null;
        throw error;
      },
    );
    return listing;
  }

  async function openNow(id: string): Promise<OpenLog> {
    try {
      const live = await openLiveLog({ ...deps, budget }, id, left.has(id));
      opened.set(id, live);
      return { live, problems: problems.scan(), sealed: null };
    } catch (error) {
      entries.delete(id);
      throw error;
    }
  }

  /** Nobody else comes between the look-up and the entry. */
  function entryOf(id: string): Promise<OpenLog> {
    if (stopped !== null) return Promise.reject(stopped);
    const entry = entries.get(id) ?? openNow(id);
    entries.set(id, entry);
    return entry;
  }

  return {
    get: (id) => entries.get(id) ?? null,
    async find(id) {
      await listed();
      return entries.has(id) || left.has(id) ? await entryOf(id) : null;
    },
    async open(id) {
      await listed();
      return await entryOf(id);
    },
    forget(id) {
      entries.delete(id);
      opened.delete(id);
      left.delete(id);
    },
    async leftovers() {
      await listed();
      return [...left].filter((id) => !entries.has(id));
    },
    figures() {
      const logs = [...opened.values()];
      return {
        open: logs.length,
        followers: logs.reduce((sum, log) => sum + log.followers, 0),
        unflushedBytes: budget.unflushedBytes,
        failing: logs.filter((log) => log.isFailing).length,
      };
    },
    async stop() {
      const reason = goingDown();
      stopped = reason;
      const all = await Promise.allSettled(entries.values());
      await Promise.all(
        all.map((entry) => (entry.status === 'fulfilled' ? entry.value.live.stop(reason) : undefined)),
      );
    },
  };
}
