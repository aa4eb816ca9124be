/**
 * Server-sent events as a response: a heartbeat while there is nothing to say, one piece at a time at the reader's pace, and a clean
 * end when either side leaves. A reader that takes nothing for long is let go; it comes back and resumes.
 */
import type { Clock, Timer } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';

export interface SseOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Fires when the reader leaves. */
  readonly signal: AbortSignal;
  /** Waits for the next piece; null ends the stream. May reject once `signal` fired; any other rejection ends the stream too. */
  readonly next: (signal: AbortSignal) => Promise<Uint8Array | null>;
  /** Asked now and then: a token may be removed or expire while its stream is open. Must not reject. */
  readonly mayStay: () => Promise<boolean>;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

/** Proxies close what is silent for long; readers notice a dead link by the lack of these. */
const heartbeatMs = 5_000;
const stalledMs = 60_000;
const identityMs = 30_000;
const encoder = new TextEncoder();
const welcome = encoder.encode(': welcome\n\n');
const heartbeat = encoder.encode(': still here\n\n');

type Piece = { readonly bytes: Uint8Array } | { readonly over: true } | { readonly broken: unknown };

export function sseResponse(options: SseOptions): Response {
  const { clock } = options;
  const left = new AbortController();
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Set while the reader has room and waits. */
  let deliver: ((piece: Piece) => void) | null = null;
  let arrived: Piece | null = null;
  let fetching = false;
  let lastSentAt = clock.monotonic();
  let identifiedAt = clock.monotonic();
  let timer: Timer | null = clock.after(heartbeatMs, tick);

  /** A stream that ends without the event that says so is a stream to be resumed: readers need no more of a sign than that. */
  function finish(who: 'we' | 'reader'): void {
    if (left.signal.aborted) return;
    timer?.cancel();
    timer = null;
    options.signal.removeEventListener('abort', onLeft);
    left.abort(new Error('The stream is over'));
    if (who === 'we') controller?.close();
    deliver?.({ over: true });
    options.onEnd();
  }

  function onLeft(): void {
    finish('reader');
  }

  function tick(): void {
    timer = clock.after(heartbeatMs, tick);
    if (clock.monotonic() - identifiedAt >= identityMs) void identifyAgain();
    if (deliver !== null) deliver({ bytes: heartbeat });
    else if (clock.monotonic() - lastSentAt > stalledMs) finish('we');
  }

  async function identifyAgain(): Promise<void> {
    identifiedAt = clock.monotonic();
    if (!(await options.mayStay())) finish('we');
  }

  async function fetchNext(): Promise<void> {
    fetching = true;
    let piece: Piece;
    try {
      const bytes = await options.next(left.signal);
      piece = bytes === null ? { over: true } : { bytes };
    } catch (error) {
      piece = { broken: error };
    }
    fetching = false;
    if (deliver === null) arrived = piece;
    else deliver(piece);
  }

  function nextPiece(): Promise<Piece> | Piece {
    if (arrived !== null) {
      const piece = arrived;
      arrived = null;
      return piece;
    }
    return new Promise((resolve) => {
      deliver = (piece) => {
        deliver = null;
        resolve(piece);
      };
      if (!fetching) void fetchNext();
    });
  }

  const stream = new ReadableStream<Uint8Array>({
    start(started) {
      controller = started;
      // Headers go out with the first bytes.
      started.enqueue(welcome);
      options.signal.addEventListener('abort', onLeft, { once: true });
      if (options.signal.aborted) onLeft();
    },
    async pull() {
      const piece = await nextPiece();
      if (left.signal.aborted) return;
      lastSentAt = clock.monotonic();
      if ('bytes' in piece) return controller?.enqueue(piece.bytes);
      if ('over' in piece) return finish('we');
      const { code, message } = toFarmError(piece.broken);
      if (code !== 'shutting_down') options.log.warn('events.broke', { code, message });
      finish('we');
    },
    cancel: onLeft,
  });
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}
