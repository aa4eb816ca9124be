/**
 * Everything that changes, as one ordered feed in memory: serialised once, sent to any number of readers. An event's id names the
 * process's start and a number, so that a reader who comes back after a restart or too late is told to fetch anew (`reset`)
 * rather than left with a gap.
 */
import type { Clock } from '../../agent/kit/clock.ts';
import { createBell } from './bell.ts';
import type { FarmEvent } from './model.ts';

export type Topic = 'builds' | 'machines' | 'queue' | 'commits' | 'farm';
export const topics: readonly Topic[] = ['builds', 'machines', 'queue', 'commits', 'farm'];

const topicOf: Readonly<Record<Exclude<FarmEvent['type'], 'reset'>, Topic>> = {
  build: 'builds',
  machine: 'machines',
  queue: 'queue',
  commits: 'commits',
  farm: 'farm',
};

interface Entry {
  readonly topic: Topic;
  /** Ready to be sent. */
  readonly text: string;
}

export interface FeedReader {
  /** What came since the last call, as far as one piece holds; waits for it. Rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<Uint8Array>;
  close(): void;
}

export interface EventFeed {
  publish(event: Exclude<FarmEvent, { type: 'reset' }>): void;
  /** `lastId`: the last event that the reader has; null: it wants only what comes from now on. */
  read(options: { readonly lastId: string | null; readonly topics: ReadonlySet<Topic> }): FeedReader;
  readonly readers: number;
}

/** Entries kept for readers that fall behind or come back. */
const keptEntries = 5_000;
/** Of one piece: a thousand readers that come back at once must not need a thousand times the whole ring. */
const pieceCharacters = 64 * 1024;
const sharedPieces = 32;
/** Readers are woken at most this often; the first event after a pause goes out at once. */
const wakeEveryMs = 25;
const encoder = new TextEncoder();

export function createEventFeed(deps: { readonly clock: Clock; readonly startedAt: number }): EventFeed {
  const epoch = deps.startedAt.toString(36);
  /** Entry `index` has the number `firstSeq + index`. */
  const ring: Entry[] = [];
  let firstSeq = 1;
  const wakes = new Set<() => void>();
  let resting = false;
  let unseen = false;
  /** Pieces made since the last event: readers that are at the same place get the same bytes. */
  const pieces = new Map<string, { readonly bytes: Uint8Array | null; readonly seq: number }>();

  const lastSeq = () => firstSeq + ring.length - 1;

  function wakeAll(): void {
    unseen = false;
    resting = true;
    deps.clock.after(wakeEveryMs, () => {
      resting = false;
      if (unseen) wakeAll();
    });
    for (const wake of wakes) wake();
  }

  /** From the entry after `from` on; `bytes` is null when none of the rest is of these topics. */
  function pieceAfter(from: number, wanted: ReadonlySet<Topic>, topicKey: string) {
    const key = `${from} ${topicKey}`;
    const known = pieces.get(key);
    if (known !== undefined) return known;
    let text = '';
    let seq = from;
    while (seq < lastSeq() && text.length < pieceCharacters) {
      seq += 1;
      const entry = ring[seq - firstSeq];
      if (entry !== undefined && wanted.has(entry.topic)) text += entry.text;
    }
    const piece = { bytes: text === '' ? null : encoder.encode(text), seq };
    if (pieces.size < sharedPieces) pieces.set(key, piece);
    return piece;
  }

  return {
    get readers() {
      return wakes.size;
    },
    publish(event) {
      const text = frame(`${epoch}.${lastSeq() + 1}`, event);
      ring.push({ topic: topicOf[event.type], text });
      pieces.clear();
      // Cut in blocks: shifting one by one would move the whole ring at each event.
      if (ring.length > keptEntries * 2) {
        ring.splice(0, keptEntries);
        firstSeq += keptEntries;
      }
      unseen = true;
      if (!resting) wakeAll();
    },
    read({ lastId, topics: wanted }) {
      const bell = createBell();
      const topicKey = topics.filter((topic) => wanted.has(topic)).join();
      const resumed = lastId === null ? lastSeq() : seqOf(lastId, epoch);
      let seq = resumed ?? -1;
      wakes.add(bell.ring);
      return {
        async next(signal) {
          for (;;) {
            signal.throwIfAborted();
            if (seq < firstSeq - 1 || seq > lastSeq()) {
              seq = lastSeq();
              return encoder.encode(frame(`${epoch}.${seq}`, { type: 'reset' }));
            }
            const piece = pieceAfter(seq, wanted, topicKey);
            seq = piece.seq;
            if (piece.bytes !== null) return piece.bytes;
            await bell.wait(signal);
          }
        },
        close: () => wakes.delete(bell.ring),
      };
    },
  };
}

function frame(id: string, event: FarmEvent): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function seqOf(id: string, epoch: string): number | null {
  const [start, seq] = id.split('.');
  return start === epoch && seq !== undefined && /^\d{1,15}$/.test(seq) ? Number(seq) : null;
}
