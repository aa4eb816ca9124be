import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import type { Attempt, Build } from '../../core/builds/types.ts';
import type { LogWriter } from '../../core/logs/index.ts';
import { createMemoryLogs } from '../../test/fakes/memory-logs.ts';
import { createLiveLog, type LiveLogOptions } from './live-log.ts';
import type { LogEvent } from './model.ts';

/** One build whose story the test tells. */
function makeStory() {
  const clock = createManualClock();
  const farm = createMemoryLogs({ clock });
  const listeners = new Set<(build: Build) => void>();
  let build = { id: 'bld_1', state: 'waiting' } as Build;
  let attempts: Attempt[] = [];
  const tell = () => {
    for (const listener of listeners) listener(build);
  };
  return {
    clock,
    farm,
    listeners,
    begin(): string {
      const number = attempts.length + 1;
      attempts = [...attempts, { id: `att_${number}`, number, state: 'running' } as Attempt];
      build = { ...build, state: 'running' };
      tell();
      return `att_${number}`;
    },
    async endAttempt(writer: LogWriter | null, state: Build['state']): Promise<void> {
      if (writer !== null) {
        const sealed = await writer.seal(0);
        farm.sealed.store(sealed);
      }
      const ended = state === 'waiting' ? 'infrastructure' : 'passed';
      attempts = attempts.map((attempt, index) =>
        index === attempts.length - 1 ? { ...attempt, state: ended } : attempt,
      );
      build = { ...build, state };
      tell();
      await writer?.discard();
    },
    cancel() {
      build = { ...build, state: 'cancelled' };
      tell();
    },
    read(options: Partial<LiveLogOptions> = {}) {
      const log = createLiveLog(
        {
          clock,
          log: silentLog,
          logs: farm.logs,
          builds: {
            reader: { build: async () => build, attempts: async () => attempts },
            onChange(listener) {
              listeners.add(listener);
              return () => listeners.delete(listener);
            },
          },
        },
        { buildId: 'bld_1', lastId: null, ...options },
      );
      return { ...log, events: readAll(log.next) };
    },
  };
}

interface Told {
  readonly id: string;
  readonly event: LogEvent;
}

async function readAll(next: () => Promise<Uint8Array | null>): Promise<Told[]> {
  const told: Told[] = [];
  for (let piece = await next(); piece !== null; piece = await next()) {
    const [, id, data] =
      new TextDecoder().decode(piece).match(/^id: (\S+)\nevent: \w+\ndata: (.*)\n\n$/) ?? [];
    told.push({ id: id ?? '', event: JSON.parse(data ?? '') as LogEvent });
  }
  return told;
}

function short(told: readonly Told[]): string[] {
  return told.map(({ id, event }) => {
    if (event.type === 'output') return `${id} ${event.offset}+${event.text}`;
    return event.type === 'attempt' ? `${id} attempt ${event.number}` : `${id} end ${event.state}`;
  });
}

/** Lets time pass until it is done: reading what is sealed takes real work, and pauses in between. */
async function done<T>(story: ReturnType<typeof makeStory>, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const settle = () => {
    isDone = true;
  };
  promise.then(settle, settle);
  while (!isDone) {
    await story.clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return await promise;
}

const bytes = (text: string) => new TextEncoder().encode(text);

test('waits for the first attempt, follows it, goes on with the next, and ends with the verdict', async () => {
  const story = makeStory();
  const { events } = story.read();
  await story.clock.advance(10_000);
  const first = await story.farm.logs.open(story.begin());
  await first.append(bytes('one\n'), 0);
  await story.clock.advance(1_000);
  await story.endAttempt(first, 'waiting');
  await story.clock.advance(1_000);
  const second = await story.farm.logs.open(story.begin());
  await second.append(bytes('two\n'), 0);
  await story.endAttempt(second, 'passed');
  expect(short(await done(story, events))).toEqual([
    '1.0 attempt 1',
    '1.4 0+one\n',
    '2.0 attempt 2',
    '2.4 0+two\n',
    '2.4 end passed',
  ]);
});

test('an attempt that is announced before its log exists is followed all the same', async () => {
  const story = makeStory();
  const { events } = story.read();
  const id = story.begin();
  await story.clock.advance(350);
  const writer = await story.farm.logs.open(id);
  await writer.append(bytes('late\n'), 0);
  await story.clock.advance(350);
  await story.endAttempt(writer, 'passed');
  expect(short(await done(story, events))).toEqual(['1.0 attempt 1', '1.5 0+late\n', '1.5 end passed']);
});

test('an attempt that ended without a log, and a build cancelled before any attempt, end too', async () => {
  const story = makeStory();
  const { events } = story.read();
  await story.clock.advance(1);
  story.cancel();
  expect(short(await done(story, events))).toEqual(['0.0 end cancelled']);
  const other = makeStory();
  const reading = other.read();
  other.begin();
  await other.endAttempt(null, 'error');
  expect(short(await done(other, reading.events))).toEqual(['1.0 attempt 1', '1.0 end error']);
});

test('one attempt alone ends with its own log', async () => {
  const story = makeStory();
  const writer = await story.farm.logs.open(story.begin());
  await writer.append(bytes('a'), 0);
  await story.endAttempt(writer, 'waiting');
  story.begin();
  const { events } = story.read({ attempt: 1 });
  expect(short(await done(story, events))).toEqual(['1.0 attempt 1', '1.1 0+a', '1.1 end running']);
});

test('an id that no attempt has falls back to the newest attempt, from its start', async () => {
  const story = makeStory();
  const writer = await story.farm.logs.open(story.begin());
  await writer.append(bytes('abc'), 0);
  await story.endAttempt(writer, 'passed');
  const { events } = story.read({ lastId: '7.2' });
  expect(short(await done(story, events))).toEqual(['1.0 attempt 1', '1.3 0+abc', '1.3 end passed']);
});

test('wherever a reader breaks off and resumes, it has the same text as one that never did', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.array(fc.nat({ max: 200 }), { maxLength: 12 }),
      fc.nat({ max: 12 }),
      async (content, cuts, breakAfter) => {
        const story = makeStory();
        const writer = await story.farm.logs.open(story.begin());
        const whole = story.read();
        const raw = bytes(content);
        const places = [...new Set([...cuts.map((cut) => Math.min(cut, raw.length)), raw.length])].sort(
          (a, b) => a - b,
        );
        let from = 0;
        for (const to of places) {
          if (to > from) await writer.append(raw.subarray(from, to), 0);
          from = to;
          await story.clock.advance(1);
        }
        await story.endAttempt(writer, 'passed');
        const told = await done(story, whole.events);
        const seen = told.slice(0, breakAfter);
        const rest = story.read({ lastId: seen.at(-1)?.id ?? null });
        expect(textOf([...seen, ...(await done(story, rest.events))])).toBe(content);
        expect(textOf(told)).toBe(content);
        expect(told.at(-1)?.event.type).toBe('end');
      },
    ),
    { numRuns: 50 },
  );
});

function textOf(told: readonly Told[]): string {
  return told.map(({ event }) => (event.type === 'output' ? event.text : '')).join('');
}

test('a reader that leaves leaves nothing behind, whether it waits for output, an attempt, or is between two events', async () => {
  const story = makeStory();
  const writer = await story.farm.logs.open(story.begin());
  await writer.append(bytes('x'.repeat(200_000)), 0);
  const waiting = story.read();
  await story.clock.advance(1);
  waiting.close();
  await expect(waiting.events).rejects.toThrow('left');
  const between = createStoryReader(story);
  await between.next();
  await between.next();
  expect(story.farm.logs.figures().followers).toBe(1);
  between.close();
  await story.clock.advance(1);
  expect([story.farm.logs.figures().followers, story.listeners.size]).toEqual([0, 0]);
});

function createStoryReader(story: ReturnType<typeof makeStory>) {
  const reader = {
    build: async () => ({ id: 'bld_1', state: 'running' }) as Build,
    attempts: async () => [{ id: 'att_1', number: 1, state: 'running' } as Attempt],
  };
  return createLiveLog(
    {
      clock: story.clock,
      log: silentLog,
      logs: story.farm.logs,
      builds: { reader, onChange: () => () => undefined },
    },
    { buildId: 'bld_1', lastId: null },
  );
}
