/** One server-sent event stream that is kept open: resumed by id, with back-off and jitter between tries. */

import { backoffDelayMs } from '../../../../agent/kit/backoff.ts';
import type { Clock } from '../../../../agent/kit/clock.ts';
import type { Randomness } from '../../../../agent/kit/ids.ts';
import { type FarmError, toFarmError } from '../../../../agent/wire/farm-error.ts';
import { createServerEventParser, type ServerEvent } from '../rules/server-events.ts';
import type { Api } from './api.ts';
import type { Visibility } from './visibility.ts';

/** `live`: events come in. `waiting`: the next try is at `retryAt`. */
export type StreamState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'waiting'; readonly retryAt: number; readonly error: FarmError };

export interface EventStreamDeps {
  readonly api: Pick<Api, 'open'>;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly visibility: Visibility;
}

export interface EventStreamOptions {
  readonly path: (lastEventId: string) => string;
  readonly lastEventId: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState: (state: StreamState) => void;
  readonly signal: AbortSignal;
  /** True: the stream said all it had to say, and is not opened again. */
  readonly isOver?: () => boolean;
}

const policy = { firstMs: 1_000, maxMs: 30_000, factor: 2 };
/** A peer that says nothing for this long, not even a comment, is half-open. */
const silenceMs = 45_000;
const maxEventChars = 16 * 1024 * 1024;

/** Runs until the signal fires or the stream is over; never rejects. */
export async function followEventStream(deps: EventStreamDeps, options: EventStreamOptions): Promise<void> {
  let lastEventId = options.lastEventId;
  let failures = 0;
  while (!options.signal.aborted) {
    await deps.visibility.untilSeen(options.signal).catch(() => undefined);
    if (options.signal.aborted) return;
    const hidden = deps.visibility.hidden();
    options.onState({ kind: 'connecting' });
    try {
      await readOnce(deps, { ...options, lastEventId }, (event) => {
        failures = 0;
        if (event.id !== '') lastEventId = event.id;
        options.onEvent(event);
      });
      if (options.isOver?.()) return;
      failures++;
    } catch (caught) {
      if (options.signal.aborted || options.isOver?.()) return;
      if (hidden.aborted) continue;
      failures++;
      await pause(
        deps,
        options,
        failures,
        toFarmError(caught, { code: 'connection_lost', blame: 'outside' }),
      );
      continue;
    }
    await pause(deps, options, failures, null);
  }
}

async function pause(
  deps: EventStreamDeps,
  options: EventStreamOptions,
  failures: number,
  error: FarmError | null,
): Promise<void> {
  // A stream that ended well (the server restarts, a proxy's limit) is opened again soon and quietly.
  const waitMs = 250 + backoffDelayMs(failures - 1, policy, deps.randomness);
  if (error !== null) options.onState({ kind: 'waiting', retryAt: deps.clock.now() + waitMs, error });
  await deps.clock.sleep(waitMs, options.signal).catch(() => undefined);
}

async function readOnce(
  deps: EventStreamDeps,
  options: EventStreamOptions,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const quiet = new AbortController();
  const signal = AbortSignal.any([options.signal, quiet.signal, deps.visibility.hidden()]);
  let timer = deps.clock.after(silenceMs, () => quiet.abort(new Error('The farm fell silent')));
  try {
    const response = await deps.api.open(options.path(options.lastEventId), {
      accept: 'text/event-stream',
      lastEventId: options.lastEventId,
      signal,
    });
    options.onState({ kind: 'live' });
    const parser = createServerEventParser(maxEventChars);
    const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      timer.cancel();
      timer = deps.clock.after(silenceMs, () => quiet.abort(new Error('The farm fell silent')));
      for (const event of parser.push(piece.value)) onEvent(event);
    }
  } finally {
    timer.cancel();
    quiet.abort();
  }
}
