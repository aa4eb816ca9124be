/** A build's log while it grows, through every attempt to the verdict. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { isFarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import { type Attempt, type Builds, isFinished } from '../../core/builds/types.ts';
import type { Logs } from '../../core/logs/types.ts';
import { type Bell, createBell } from './bell.ts';
import type { LogEvent } from './model.ts';
import { wholeCharacters } from './utf8.ts';

export interface LiveLogDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly builds: {
    readonly reader: Pick<Builds['reader'], 'build' | 'attempts'>;
    readonly onChange: Builds['onChange'];
  };
  readonly logs: Pick<Logs, 'follow' | 'stat'>;
}

export interface LiveLogOptions {
  readonly buildId: string;
  /** Only this attempt; otherwise the newest, and every one after it. */
  readonly attempt?: number | undefined;
  readonly offset?: number | undefined;
  /** Id of the last event that the reader has. */
  readonly lastId: string | null;
}

export interface LiveLog {
  /** The next event, ready to be sent; null after the last. */
  next(): Promise<Uint8Array | null>;
  close(): void;
}

/** Text of one event; larger reads are cut, so that a slow reader is served in bites. */
const mostBytesAnEvent = 64 * 1024;
/** A new attempt is announced a moment before its log is there. */
const logSoonMs = 100;
const encoder = new TextEncoder();

export function createLiveLog(deps: LiveLogDeps, options: LiveLogOptions): LiveLog {
  const bell = createBell();
  const stopListening = deps.builds.onChange((changed) => {
    if (changed.id === options.buildId) bell.ring();
  });
  const closed = new AbortController();
  const events = produce(deps, options, bell, closed.signal);
  return {
    async next() {
      const { value, done } = await events.next();
      return done === true ? null : encoder.encode(value);
    },
    close() {
      stopListening();
      closed.abort(new Error('The reader left'));
      // One that rests between two events does not see the signal: what it holds open is let go like this.
      events.return().catch((error: unknown) => {
        deps.log.warn('live-log.broke', { build: options.buildId, message: toFarmError(error).message });
      });
    },
  };
}

/** Where a reader is. */
interface Place {
  /** 0: before the first attempt. */
  attempt: number;
  offset: number;
  /** The reader knows that this is the attempt. */
  isTold: boolean;
}

async function* produce(
  deps: LiveLogDeps,
  options: LiveLogOptions,
  bell: Bell,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const { reader } = deps.builds;
  const place = placeOf(options);
  for (;;) {
    const attempt = attemptAt(place, await reader.attempts(options.buildId));
    if (attempt !== undefined && !place.isTold) yield attemptEvent(place);
    const isComplete = attempt !== undefined && (yield* outputOf(deps, attempt, place, signal));
    // Read anew: what the end of a log means depends on what came after it.
    const build = await reader.build(options.buildId);
    const later = (await reader.attempts(options.buildId)).some(({ number }) => number > place.attempt);
    if (isComplete && options.attempt !== undefined) return yield endEvent(place, build?.state);
    if (isComplete && later) {
      Object.assign(place, { attempt: place.attempt + 1, offset: 0, isTold: false });
      continue;
    }
    const isOver = build === null || isFinished(build.state);
    if (isOver && !later && (isComplete || attempt === undefined)) return yield endEvent(place, build?.state);
    if (isComplete || attempt === undefined) await bell.wait(signal);
    else await deps.clock.sleep(logSoonMs, signal);
  }
}

/** Answers whether the attempt's log was read to its end; it was not when it does not exist yet. */
async function* outputOf(
  deps: LiveLogDeps,
  attempt: Attempt,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<string, boolean> {
  /** The start of a character whose end has not come yet. */
  let held = new Uint8Array();
  try {
    for await (const chunk of deps.logs.follow(attempt.id, place.offset, signal)) {
      let rest = Buffer.concat([held, chunk.bytes]);
      for (let whole = 1; rest.length > 0 && whole > 0; rest = rest.subarray(whole)) {
        const bite = rest.subarray(0, mostBytesAnEvent);
        whole = wholeCharacters(bite);
        if (whole > 0) yield outputEvent(place, bite.subarray(0, whole));
      }
      held = new Uint8Array(rest);
    }
  } catch (error) {
    if (!isFarmError(error)) throw error;
    if (error.code === 'not_found') return attempt.state !== 'running';
    // Of an attempt before the one that is asked for.
    if (error.code === 'blob_missing' && (await deps.logs.stat(attempt.id)).removed !== null) return true;
    throw error;
  }
  if (held.length > 0) yield outputEvent(place, held);
  return true;
}

function placeOf({ lastId, attempt, offset }: LiveLogOptions): Place {
  const [, lastAttempt, lastOffset] = lastId?.match(/^(\d{1,7})\.(\d{1,15})$/) ?? [];
  if (lastAttempt === undefined || (attempt !== undefined && Number(lastAttempt) !== attempt))
    return { attempt: attempt ?? 0, offset: offset ?? 0, isTold: false };
  return { attempt: Number(lastAttempt), offset: Number(lastOffset), isTold: true };
}

/** The attempt at the reader's place; the newest for a reader that has none, or one that never was. */
function attemptAt(place: Place, attempts: readonly Attempt[]): Attempt | undefined {
  const found = attempts.find(({ number }) => number === place.attempt);
  if (found !== undefined) return found;
  const newest = attempts.at(-1);
  if (newest === undefined) return undefined;
  if (place.attempt !== 0) place.offset = 0;
  place.attempt = newest.number;
  place.isTold = false;
  return newest;
}

function attemptEvent(place: Place): string {
  place.isTold = true;
  return frame(place, { type: 'attempt', number: place.attempt });
}

function outputEvent(place: Place, bytes: Uint8Array): string {
  const { offset } = place;
  place.offset += bytes.length;
  return frame(place, {
    type: 'output',
    offset,
    text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  });
}

function endEvent(place: Place, state: Extract<LogEvent, { type: 'end' }>['state'] = 'error'): string {
  return frame(place, { type: 'end', state });
}

function frame({ attempt, offset }: Place, event: LogEvent): string {
  return `id: ${attempt}.${offset}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
