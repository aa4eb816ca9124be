/** Server-sent events as a response: heartbeats, the reader's pace, and a clean end when it leaves. */
import type { Clock } from '../../agent/kit/clock.ts';

export interface SseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Gives the next piece of text, waiting for it; null ends the stream. Rejects only when `signal` fires. */
  readonly next: (signal: AbortSignal) => Promise<string | null>;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

/** Proxies close what is silent for long; readers notice a dead link by the lack of these. */
const heartbeatMs = 5_000;
const encoder = new TextEncoder();

export function sseResponse(options: SseOptions): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([options.signal, gone.signal]);
  let ended = false;
  let pending: Promise<string | null> | null = null;

  function end(): void {
    if (ended) return;
    ended = true;
    gone.abort(new Error('The reader left'));
    options.onEnd();
  }

  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      // Headers go out with the first bytes.
      controller.enqueue(encoder.encode(': welcome\n\n'));
      options.signal.addEventListener('abort', end, { once: true });
      if (options.signal.aborted) end();
    },
    async pull(controller) {
      try {
        pending ??= options.next(signal);
        const beat = new AbortController();
        const text = await Promise.race([
          pending,
          options.clock.sleep(heartbeatMs, AbortSignal.any([beat.signal, signal])).then(
            () => ': still here\n\n',
            () => '',
          ),
        ]);
        const isBeat = text === ': still here\n\n';
        beat.abort(new Error('Answered'));
        if (!isBeat) pending = null;
        if (text === null || ended) {
          end();
          controller.close();
        } else {
          controller.enqueue(encoder.encode(text));
        }
      } catch {
        // `next` rejects when the reader or the server goes: the stream ends, and there is nobody to tell.
        end();
        controller.close();
      }
    },
    cancel: end,
  });
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}

/** A wake-up that is never lost: `wait` resolves at once when `ring` was called since the last wait. */
export function createBell(): { ring(): void; wait(signal: AbortSignal): Promise<void> } {
  let rung = false;
  let waiting: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      waiting?.();
    },
    wait(signal) {
      return new Promise((resolve, reject) => {
        function settle(): void {
          if (!rung) return;
          rung = false;
          waiting = null;
          signal.removeEventListener('abort', onAbort);
          resolve();
        }
        function onAbort(): void {
          waiting = null;
          reject(signal.reason);
        }
        if (signal.aborted) return onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        waiting = settle;
        settle();
      });
    },
  };
}
