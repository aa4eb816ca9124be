/**
 * The receiving end of one stream. The peer may have `limits.streamWindowBytes` on the way; what the reader takes is granted
 * anew, in portions, so that a reader which stops holds its sender back and one which goes on never starves it.
 */
import { createDeferred, type Deferred } from '../kit/deferred.ts';
import { createChunkQueue } from './chunk-queue.ts';
import { FarmError } from './farm-error.ts';
import { violation } from './frames.ts';
import { limits } from './limits.ts';
import type { ByteSource } from './session.ts';

/** What the end asks of its connection. */
export interface StreamInPeer {
  grant(bytes: number): void;
  /** Tells the sender that nobody reads any more. */
  reset(error: FarmError): void;
}

export interface StreamIn {
  readonly source: ByteSource;
  /** Throws when the peer sends more than it was granted. */
  onData(payload: Uint8Array): void;
  onEnd(summary: unknown): void;
  /** The stream is over with an error, from whatever side; the peer is not told. */
  fail(error: FarmError): void;
}

/** A quarter keeps the grants few and leaves the sender room for a whole data frame at any time. */
const grantPortion = limits.streamWindowBytes / 4;

type Step = IteratorResult<Uint8Array, undefined>;
type State = { readonly is: 'open' } | { readonly is: 'ended' } | { readonly is: 'failed'; error: FarmError };

export function createStreamIn(peer: StreamInPeer): StreamIn {
  const queue = createChunkQueue();
  const summary = createDeferred<unknown>();
  // Whoever does not ask for the summary must not be charged with its failure.
  summary.promise.catch(() => undefined);
  let state: State = { is: 'open' };
  let endedWith: unknown;
  let allowance: number = limits.streamWindowBytes;
  let taken = 0;
  let reader: Deferred<Step> | undefined;

  function take(): Uint8Array | undefined {
    const chunk = queue.shift();
    if (chunk === undefined) return undefined;
    taken += chunk.length;
    if (taken >= grantPortion && state.is === 'open') {
      allowance += taken;
      peer.grant(taken);
      taken = 0;
    }
    return chunk;
  }

  /** The next step, if there is one already. */
  function step(): Step | undefined {
    const chunk = take();
    if (chunk !== undefined) return { done: false, value: chunk };
    if (state.is !== 'ended') return undefined;
    summary.resolve(endedWith);
    return { done: true, value: undefined };
  }

  function wake(): void {
    if (reader === undefined) return;
    const next = step();
    if (next === undefined) return;
    reader.resolve(next);
    reader = undefined;
  }

  async function next(): Promise<Step> {
    if (state.is === 'failed') throw state.error;
    if (reader !== undefined) throw violation('A stream has one reader at a time');
    const ready = step();
    if (ready !== undefined) return ready;
    reader = createDeferred<Step>();
    return reader.promise;
  }

  function breakOff(error: FarmError): void {
    state = { is: 'failed', error };
    queue.clear();
    summary.reject(error);
    reader?.reject(error);
    reader = undefined;
  }

  function cancel(error: FarmError): void {
    if (state.is === 'failed') return;
    const peerStillSends = state.is === 'open';
    breakOff(error);
    if (peerStillSends) peer.reset(error);
  }

  function onData(payload: Uint8Array): void {
    if (state.is !== 'open') return;
    if (payload.length === 0) throw violation('A frame "data" is empty');
    if (payload.length > allowance) throw violation('A peer sent more on a stream than it was granted');
    allowance -= payload.length;
    queue.push(payload);
    wake();
  }

  function onEnd(given: unknown): void {
    if (state.is !== 'open') return;
    state = { is: 'ended' };
    endedWith = given;
    if (queue.bytes === 0) summary.resolve(given);
    wake();
  }

  function fail(error: FarmError): void {
    // A stream that ended well is complete: what waits in it may still be read.
    if (state.is === 'open') breakOff(error);
  }

  const source: ByteSource = {
    summary: summary.promise,
    cancel,
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        cancel(
          new FarmError('cancelled', 'The reader of a stream stopped before its end', { blame: 'caller' }),
        );
        return { done: true, value: undefined };
      },
    }),
  };
  return { source, onData, onEnd, fail };
}
