/**
 * The sending end of one stream. Writes go out in order, each when the peer's credit and the transport have room for it. A write
 * of at most `limits.dataFrameBytes` is one data frame, so callers may give their chunks a meaning.
 */
import { createDeferred } from '../kit/deferred.ts';
import { FarmError } from './farm-error.ts';
import { violation } from './frames.ts';
import { limits } from './limits.ts';
import type { ByteSink } from './session.ts';

/** What the end asks of its connection. */
export interface StreamOutPeer {
  /** False while bulk data has to wait; `pump` is called once it need not. */
  hasRoom(): boolean;
  /** Asks for that call of `pump`. */
  waitForRoom(): void;
  data(bytes: Uint8Array): void;
  end(summary: unknown): void;
  reset(error: FarmError): void;
}

export interface StreamOut {
  readonly sink: ByteSink;
  /** Throws when the peer grants without measure. */
  onCredit(bytes: number): void;
  /** Sends one waiting frame, if it may. */
  pump(): void;
  /** The stream is over with an error, from whatever side; the peer is not told. */
  fail(error: FarmError): void;
}

interface Waiting {
  readonly bytes: Uint8Array;
  done(): void;
  fail(error: FarmError): void;
}

/** No receiver keeps this much; a peer that grants more is not counting. */
const largestCredit = 1024 ** 3;

export function createStreamOut(peer: StreamOutPeer): StreamOut {
  const waiting: Waiting[] = [];
  const broken = createDeferred<FarmError>();
  let credit: number = limits.streamWindowBytes;
  let failure: FarmError | undefined;
  let writes = 0;
  /** `end` was called; it is told once the writes before it are out. */
  let ending: { readonly summary: unknown; told: boolean } | undefined;

  function tellEnd(): void {
    if (ending === undefined || ending.told || writes > 0 || failure !== undefined) return;
    ending.told = true;
    peer.end(ending.summary);
  }

  function send(bytes: Uint8Array): void {
    credit -= bytes.length;
    peer.data(bytes);
  }

  function pump(): void {
    const first = waiting[0];
    if (first === undefined || first.bytes.length > credit) return;
    if (!peer.hasRoom()) {
      peer.waitForRoom();
      return;
    }
    waiting.shift();
    send(first.bytes);
    first.done();
    if (waiting.length > 0) peer.waitForRoom();
  }

  async function writeFrame(bytes: Uint8Array): Promise<void> {
    if (failure !== undefined) throw failure;
    if (waiting.length === 0 && bytes.length <= credit && peer.hasRoom()) {
      send(bytes);
      return;
    }
    const turn = createDeferred<void>();
    waiting.push({ bytes, done: () => turn.resolve(), fail: turn.reject });
    if (bytes.length <= credit) peer.waitForRoom();
    await turn.promise;
  }

  async function write(bytes: Uint8Array): Promise<void> {
    if (failure !== undefined) throw failure;
    if (ending !== undefined) {
      throw new FarmError('internal', 'A stream was written to after its end', { blame: 'farm' });
    }
    writes++;
    try {
      for (let at = 0; at < bytes.length; at += limits.dataFrameBytes) {
        await writeFrame(bytes.subarray(at, at + limits.dataFrameBytes));
      }
    } finally {
      writes--;
      tellEnd();
    }
  }

  function fail(error: FarmError): void {
    if (failure !== undefined || ending?.told === true) return;
    failure = error;
    broken.resolve(error);
    for (const write of waiting.splice(0)) write.fail(error);
  }

  const sink: ByteSink = {
    broken: broken.promise,
    write,
    end(summary) {
      if (failure !== undefined || ending !== undefined) return;
      ending = { summary, told: false };
      tellEnd();
    },
    reset(error) {
      if (failure !== undefined || ending?.told === true) return;
      fail(error);
      peer.reset(error);
    },
  };

  function onCredit(bytes: number): void {
    credit += bytes;
    if (credit > largestCredit) throw violation('A peer granted more credit than any window holds');
    if (waiting.length > 0) peer.waitForRoom();
  }

  return { sink, onCredit, pump, fail };
}
