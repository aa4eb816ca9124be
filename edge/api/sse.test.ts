import { expect, test } from 'bun:test';
import { type Log, silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createBell } from './bell.ts';
import { sseResponse } from './sse.ts';

function open(
  next: (signal: AbortSignal) => Promise<Uint8Array | null>,
  log: Log = silentLog,
  mayStay: () => Promise<boolean> = async () => true,
) {
  const clock = createManualClock();
  const reader = new AbortController();
  let ends = 0;
  const onEnd = () => (ends += 1);
  const response = sseResponse({ clock, log, signal: reader.signal, next, mayStay, onEnd });
  if (response.body === null) throw new Error('There is no body');
  const body = response.body.getReader();
  const decoder = new TextDecoder();
  return {
    clock,
    leave: () => reader.abort(new Error('gone')),
    ends: () => ends,
    body,
    /** Null at the end. */
    read: async () => {
      const { value, done } = await body.read();
      return done ? null : decoder.decode(value);
    },
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const never = () => new Promise<null>(() => undefined);

test('says something at once, so that headers go out', async () => {
  const stream = open(never);
  expect(await stream.read()).toBe(': welcome\n\n');
});

test('beats while nothing comes, and a beat loses nothing', async () => {
  let give: (piece: Uint8Array) => void = () => undefined;
  const stream = open(() => new Promise((resolve) => (give = resolve)));
  await stream.read();
  const beat = stream.read();
  await stream.clock.advance(5_000);
  expect(await beat).toBe(': still here\n\n');
  const piece = stream.read();
  give(bytes('data: 1\n\n'));
  expect(await piece).toBe('data: 1\n\n');
});

test('a piece that comes while a beat is on its way is kept', async () => {
  const given = [bytes('data: 1\n\n'), null];
  const stream = open(() => Promise.resolve(given.shift() ?? null));
  const all: (string | null)[] = [];
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) all.push(piece);
  expect(all).toEqual([': welcome\n\n', 'data: 1\n\n']);
  expect([stream.ends(), stream.clock.waiting]).toEqual([1, 0]);
});

test('a reader that leaves ends it once, and what waits is told', async () => {
  let signal: AbortSignal | null = null;
  const stream = open((given) => {
    signal = given;
    return never();
  });
  await stream.read();
  const pending = stream.read();
  await stream.clock.advance(0);
  stream.leave();
  await stream.body.cancel();
  await pending;
  expect([stream.ends(), stream.clock.waiting]).toEqual([1, 0]);
  expect((signal as AbortSignal | null)?.aborted).toBe(true);
});

test('a reader that takes nothing for a minute is let go', async () => {
  const stream = open(() => Promise.resolve(bytes('data: x\n\n')));
  await stream.clock.advance(59_000);
  expect(stream.ends()).toBe(0);
  await stream.clock.advance(10_000);
  expect([stream.ends(), stream.clock.waiting]).toEqual([1, 0]);
});

test('a failure ends the stream and is logged', async () => {
  const seen: unknown[] = [];
  const log: Log = { ...silentLog, warn: (event, fields) => seen.push([event, fields?.['message']]) };
  const stream = open(() => Promise.reject(new Error('the disk is gone')), log);
  await stream.read();
  expect(await stream.read()).toBeNull();
  expect(seen).toEqual([['events.broke', 'the disk is gone']]);
  expect(stream.ends()).toBe(1);
});

test('a bell rung before the wait is heard, and waiting ends with the signal', async () => {
  const bell = createBell();
  const stop = new AbortController();
  bell.ring();
  bell.ring();
  await bell.wait(stop.signal);
  const second = bell.wait(stop.signal);
  stop.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  await expect(bell.wait(stop.signal)).rejects.toThrow('enough');
});

test('a reader whose token is gone is sent away within half a minute', async () => {
  let isKnown = true;
  const stream = open(never, silentLog, async () => isKnown);
  await stream.read();
  await stream.clock.advance(60_000);
  expect(stream.ends()).toBe(0);
  isKnown = false;
  await stream.clock.advance(30_000);
  expect([stream.ends(), stream.clock.waiting]).toEqual([1, 0]);
});
