/**
 * One connection with many calls and byte streams on it: what both sides see of the protocol once the handshake is done.
 * The interfaces stand here; `session-core.ts` carries them out over any Transport.
 */
import type { FarmError } from './farm-error.ts';
import type { Method, Notice, NoticeName, Params, Result } from './protocol.ts';

/** The receiving end of a stream; one reader. Credit is granted as chunks are taken, so an unread source holds its sender back. */
export interface ByteSource extends AsyncIterable<Uint8Array> {
  /** What the sender put into `end`, once iteration is over. */
  readonly summary: Promise<unknown>;
  /** Breaks the stream off; the sender's next write rejects with this error. */
  cancel(error: FarmError): void;
}

/** The sending end of a stream. */
export interface ByteSink {
  /**
   * Resolves when the peer's credit and the transport have taken it. Rejects when the stream was broken off. Up to
   * `limits.dataFrameBytes` are one data frame, and so one chunk of the `ByteSource`. The bytes are
   * copied before it resolves. One write at a time.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** After the writes before it. `summary` is JSON. */
  end(summary?: unknown): void;
  reset(error: FarmError): void;
  /** Resolves when the peer or the connection breaks the stream off, also while nothing is written; never after `end`. */
  readonly broken: Promise<FarmError>;
}

/** What one side answers to the other's calls. Streams that `params` name are opened with the session. */
export type CallHandlers = {
  readonly [M in Method]?: (params: Params<M>, session: Session) => Promise<Result<M>>;
};

export type NoticeHandlers = { readonly [N in NoticeName]?: (data: Notice<N>) => void };

export interface Session {
  /** Rejects with the peer's FarmError, `timed_out`, or `connection_lost`. */
  call<M extends Method>(
    method: M,
    params: Params<M>,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<Result<M>>;
  notify<N extends NoticeName>(name: N, data: Notice<N>): void;
  /** A fresh id for a stream that a call will name. */
  newStreamId(): number;
  /** The end of stream `id` on which this side receives. Open it before the call that makes the peer send. */
  receive(id: number): ByteSource;
  /** The end of stream `id` on which this side sends. */
  send(id: number): ByteSink;
  /** Ends everything on it: calls and streams reject with `error`. Idempotent. */
  close(error: FarmError): void;
  /** Resolves with the reason once the session is over. */
  readonly closed: Promise<FarmError>;
}
