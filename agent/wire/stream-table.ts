/**
 * The streams of one connection by id. Ids are never used twice, so a frame for an id that was open once is a late one and is
 * dropped, and a frame for an id that nobody named breaks the protocol.
 */
import { FarmError, invalidInput } from './farm-error.ts';
import { decodeCredit, encodeCredit, type Frame, violation } from './frames.ts';
import { limits } from './limits.ts';
import { decodeError, decodeJson, encodeError, encodeJson } from './messages.ts';
import type { Outbox } from './outbox.ts';
import type { ByteSink, ByteSource } from './session.ts';
import { createStreamIn, type StreamIn } from './stream-in.ts';
import { createStreamOut, type StreamOut } from './stream-out.ts';

export interface StreamTable {
  /** A fresh id; only the coordinator gives them. */
  newId(): number;
  /**
   * The peer's call names `id`: frames for it may come from now on. Throws `too_many` or `invalid_input`, and `protocol_violation`
   * where the peer is an agent: it would use up the coordinator's own ids.
   */
  announce(id: number): void;
  receive(id: number): ByteSource;
  send(id: number): ByteSink;
  /** The call that named `id` was answered: with an error, or by a side that never took the stream up, it is over. */
  settle(id: number, error: FarmError | undefined): void;
  /** Takes `data`, `credit`, `end` and `reset`; throws when the peer breaks the protocol. */
  onFrame(frame: Frame): void;
  failAll(error: FarmError): void;
}

interface Entry {
  in?: StreamIn;
  out?: StreamOut;
  /** Somebody here reads or writes it. Before that, what comes is kept within the window. */
  claimed: boolean;
  /** It ended before it was claimed. */
  ended: boolean;
  failure?: FarmError;
}

export function createStreamTable(role: 'agent' | 'coordinator', outbox: Outbox): StreamTable {
  const entries = new Map<number, Entry>();
  /** No id above this was ever named. */
  let highest = 0;

  function open(id: number): Entry {
    if (entries.size >= limits.openStreams) {
      throw new FarmError('too_many', `A connection has at most ${limits.openStreams} open streams`, {
        blame: 'caller',
        retry: 'same',
      });
    }
    const entry: Entry = { claimed: false, ended: false };
    entries.set(id, entry);
    return entry;
  }

  function inOf(id: number, entry: Entry): StreamIn {
    entry.in ??= createStreamIn({
      grant: (bytes) => outbox.control('credit', id, encodeCredit(bytes)),
      reset: (error) => breakOff(id, error),
    });
    return entry.in;
  }

  function breakOff(id: number, error: FarmError): void {
    if (entries.delete(id)) outbox.control('reset', id, encodeError(error));
  }

  function claim(id: number): Entry {
    const entry = role === 'coordinator' && !entries.has(id) ? open(id) : entries.get(id);
    if (entry === undefined || entry.claimed) {
      throw new FarmError('internal', `Stream ${id} is not there to be taken up`, { blame: 'farm' });
    }
    entry.claimed = true;
    if (entry.ended || entry.failure !== undefined) entries.delete(id);
    return entry;
  }

  function receive(id: number): ByteSource {
    const entry = claim(id);
    const stream = inOf(id, entry);
    if (entry.failure !== undefined) stream.fail(entry.failure);
    return stream.source;
  }

  function send(id: number): ByteSink {
    const entry = claim(id);
    const pump = (): void => entry.out?.pump();
    const stream = createStreamOut({
      hasRoom: outbox.hasRoom,
      waitForRoom: () => outbox.waitForRoom(pump),
      data: (bytes) => outbox.data(id, bytes),
      end(summary) {
        entries.delete(id);
        outbox.control('end', id, summary === undefined ? undefined : encodeJson(summary));
      },
      reset: (error) => breakOff(id, error),
    });
    entry.out = stream;
    if (entry.in !== undefined) throw violation('A peer sends on a stream that this side sends on');
    if (entry.failure !== undefined) stream.fail(entry.failure);
    return stream.sink;
  }

  function settle(id: number, error: FarmError | undefined): void {
    const entry = entries.get(id);
    if (entry === undefined || (error === undefined && entry.claimed)) return;
    if (error === undefined) {
      breakOff(id, new FarmError('cancelled', 'Nobody took the stream up', { blame: 'farm' }));
      return;
    }
    entries.delete(id);
    entry.in?.fail(error);
    entry.out?.fail(error);
  }

  function onReset(id: number, entry: Entry, error: FarmError): void {
    entry.in?.fail(error);
    entry.out?.fail(error);
    if (entry.claimed) entries.delete(id);
    else entry.failure = error;
  }

  function onEnd(id: number, entry: Entry, payload: Uint8Array): void {
    inOf(id, entry).onEnd(payload.length === 0 ? undefined : decodeJson(payload));
    if (entry.claimed) entries.delete(id);
    else entry.ended = true;
  }

  function onCredit(entry: Entry, payload: Uint8Array): void {
    if (entry.out === undefined) throw violation('A peer grants credit on a stream that it sends');
    entry.out.onCredit(decodeCredit(payload));
  }

  function onFrame({ kind, stream: id, payload }: Frame): void {
    const entry = entries.get(id);
    if (entry === undefined) {
      if (id > highest) throw violation(`Frame "${kind}" for stream ${id}, which no call named`);
      return;
    }
    if (kind === 'reset') onReset(id, entry, decodeError(payload));
    else if (kind === 'credit') onCredit(entry, payload);
    else if (entry.out !== undefined) throw violation(`Frame "${kind}" on a stream that this side sends`);
    else if (entry.ended) throw violation(`Frame "${kind}" after the end of a stream`);
    else if (kind === 'end') onEnd(id, entry, payload);
    else inOf(id, entry).onData(payload);
  }

  return {
    newId() {
      if (role !== 'coordinator') throw violation('Only the coordinator names streams');
      if (highest >= 0xffff_ffff) throw violation('A connection has no stream ids left');
      highest++;
      return highest;
    },
    announce(id) {
      if (role === 'coordinator') throw violation('Only the coordinator names streams');
      highest = Math.max(highest, id);
      if (entries.has(id)) throw invalidInput('params.stream', `Stream ${id} is open already`);
      open(id);
    },
    receive,
    send,
    settle,
    onFrame,
    failAll(error) {
      for (const entry of [...entries.values()]) {
        entry.in?.fail(error);
        entry.out?.fail(error);
      }
      entries.clear();
    },
  };
}
