/**
 * Everything that changes, as one ordered feed in memory: serialised once, sent to any number of readers. An event's id names the
 * process's start and a number, so that a reader who comes back after a restart or too late is told to fetch anew (`reset`)
 * rather than left with a gap.
 */
import type { FarmEvent } from './model.ts';

export type Topic = 'builds' | 'machines' | 'queue' | 'commits' | 'farm';
export const topics: readonly Topic[] = ['builds', 'machines', 'queue', 'commits', 'farm'];

const topicOf: Readonly<Record<FarmEvent['type'], Topic | null>> = {
  build: 'builds',
  machine: 'machines',
  queue: 'queue',
  commits: 'commits',
  farm: 'farm',
  reset: null,
};

interface Entry {
  readonly seq: number;
  readonly topic: Topic | null;
  /** Ready to be sent. */
  readonly text: string;
}

export interface FeedReader {
  /** Entries since the last call, as text; empty when there are none. */
  take(): string;
  close(): void;
}

export interface EventFeed {
  publish(event: FarmEvent): void;
  /** `lastId`: what the reader has already. `wake` is called when there is something to take; it must only schedule. */
  read(options: {
    readonly lastId: string | null;
    readonly topics: ReadonlySet<Topic>;
    readonly wake: () => void;
  }): FeedReader;
  readonly readers: number;
}

/** Entries kept for readers that fall behind or come back. */
const keptEntries = 5_000;

export function createEventFeed(startedAt: number): EventFeed {
  const epoch = startedAt.toString(36);
  const ring: Entry[] = [];
  const wakes = new Set<() => void>();
  let lastSeq = 0;

  function frame(seq: number, event: FarmEvent): string {
    return `id: ${epoch}.${seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  /** Everything after `seq` that is still held; null when some of it is gone. */
  function since(seq: number): readonly Entry[] | null {
    const first = ring[0]?.seq ?? lastSeq + 1;
    if (seq + 1 < first) return null;
    return ring.slice(seq + 1 - first);
  }

  return {
    get readers() {
      return wakes.size;
    },
    publish(event) {
      lastSeq += 1;
      ring.push({ seq: lastSeq, topic: topicOf[event.type], text: frame(lastSeq, event) });
      // Cut in blocks: shifting one by one would move the whole ring at each event.
      if (ring.length > keptEntries * 2) ring.splice(0, ring.length - keptEntries);
      for (const wake of wakes) wake();
    },
    read({ lastId, topics: wanted, wake }) {
      const resumed = lastId === null ? null : seqOf(lastId, epoch);
      let seq = resumed ?? lastSeq;
      let mustReset = lastId !== null && (resumed === null || resumed > lastSeq);
      if (mustReset) seq = lastSeq;
      const own = () => wake();
      wakes.add(own);
      return {
        take() {
          const entries = mustReset ? null : since(seq);
          seq = lastSeq;
          if (entries === null) {
            mustReset = false;
            return frame(lastSeq, { type: 'reset' });
          }
          let text = '';
          for (const entry of entries)
            if (entry.topic === null || wanted.has(entry.topic)) text += entry.text;
          return text;
        },
        close: () => wakes.delete(own),
      };
    },
  };
}

function seqOf(id: string, epoch: string): number | null {
  const [start, seq] = id.split('.');
  return start === epoch && seq !== undefined && /^\d{1,15}$/.test(seq) ? Number(seq) : null;
}
