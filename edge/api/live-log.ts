/** A build's log while it grows, through every attempt to the verdict. */
import { isFarmError } from '../../agent/wire/farm-error.ts';
import { type Attempt, type Build, isFinished } from '../../core/builds/types.ts';
import type { ApiContext } from './context.ts';
import type { LogEvent } from './model.ts';
import { createBell, sseResponse } from './sse.ts';

export interface LiveLogOptions {
  readonly offset?: number | undefined;
  readonly attempt?: number | undefined;
  /** `ATTEMPT.OFFSET` of the last event that the reader has. */
  readonly lastId: string | null;
  readonly signal: AbortSignal;
}

/** Text of one event; larger reads are cut, so that a slow reader is served in bites. */
const mostBytesAnEvent = 64 * 1024;

export function liveLog(context: ApiContext, build: Build, options: LiveLogOptions): Response {
  const bell = createBell();
  const stopListening = context.coordinator.builds.onChange((changed) => {
    if (changed.id === build.id) bell.ring();
  });
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const events = produce(context, build, { ...options, signal }, bell.wait);
  return sseResponse({
    clock: context.clock,
    signal,
    next: async () => {
      const { value, done } = await events.next();
      return done === true ? null : value;
    },
    onEnd() {
      stopListening();
      ended.abort(new Error('The reader left'));
    },
  });
}

async function* produce(
  context: ApiContext,
  first: Build,
  options: LiveLogOptions,
  changed: (signal: AbortSignal) => Promise<void>,
): AsyncGenerator<string, void> {
  const { reader } = context.coordinator.builds;
  const resumed = options.lastId?.match(/^(?:(\d{1,7})\.)?(\d{1,15})$/);
  let number = resumed?.[1] === undefined ? options.attempt : Number(resumed[1]);
  let offset = resumed?.[2] === undefined ? (options.offset ?? 0) : Number(resumed[2]);
  let mustTell = resumed == null;
  const signal = options.signal;
  for (;;) {
    const attempts = await reader.attempts(first.id);
    const attempt =
      number === undefined ? attempts.at(-1) : attempts.find((candidate) => candidate.number === number);
    if (attempt !== undefined) {
      number = attempt.number;
      if (mustTell) yield frame(`${number}.${offset}`, { type: 'attempt', number });
      mustTell = true;
      for await (const event of outputOf(context, attempt, offset, signal)) yield event;
    }
    const build = await reader.build(first.id);
    const later = (await reader.attempts(first.id)).find(
      (candidate) => attempt === undefined || candidate.number > attempt.number,
    );
    if (later !== undefined && options.attempt === undefined) {
      number = later.number;
      offset = 0;
      continue;
    }
    if (
      build === null ||
      isFinished(build.state) ||
      (attempt !== undefined && options.attempt !== undefined)
    ) {
      yield frame(`${number ?? 0}.${offset}`, { type: 'end', state: build?.state ?? first.state });
      return;
    }
    await changed(signal);
  }
}

/** Ends when the attempt's log is sealed; an attempt that has no log yet is waited for by the caller. */
async function* outputOf(
  context: ApiContext,
  attempt: Attempt,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let offset = from;
  try {
    for await (const chunk of context.coordinator.logs.follow(attempt.id, from, signal)) {
      for (let at = 0; at < chunk.bytes.length; at += mostBytesAnEvent) {
        const part = chunk.bytes.subarray(at, at + mostBytesAnEvent);
        const text = decoder.decode(part, { stream: true });
        const start = offset;
        offset += part.length;
        yield frame(`${attempt.number}.${offset}`, { type: 'output', offset: start, text });
      }
    }
  } catch (error) {
    if (isFarmError(error) && error.code === 'not_found') return;
    throw error;
  }
}

function frame(id: string, event: LogEvent): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
