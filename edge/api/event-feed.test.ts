import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createEventFeed, type FeedReader, type Topic, topics } from './event-feed.ts';

const all: ReadonlySet<Topic> = new Set(topics);

function make(startedAt = 1_000) {
  const clock = createManualClock();
  return { clock, feed: createEventFeed({ clock, startedAt }) };
}

type Feed = ReturnType<typeof createEventFeed>;

function publish(feed: Feed, waiting: number): void {
  feed.publish({ type: 'queue', waiting, running: 0 });
}

async function take(reader: FeedReader): Promise<string> {
  return new TextDecoder().decode(await reader.next(new AbortController().signal));
}

function numbers(text: string): number[] {
  return [...text.matchAll(/"waiting":(\d+)/g)].map(([, digits]) => Number(digits));
}

function lastId(text: string): string {
  return [...text.matchAll(/^id: (\S+)$/gm)].at(-1)?.[1] ?? '';
}

test('a new reader hears what comes from now on, in order, with growing ids', async () => {
  const { feed } = make();
  publish(feed, 1);
  const reader = feed.read({ lastId: null, topics: all });
  publish(feed, 2);
  publish(feed, 3);
  const text = await take(reader);
  expect(numbers(text)).toEqual([2, 3]);
  expect(text).toStartWith('id: rs.2\nevent: queue\ndata: {"type":"queue","waiting":2,"running":0}\n\n');
});

test('resuming anywhere gives each event exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      async (count, seen) => {
        const { feed } = make();
        for (let waiting = 1; waiting <= count; waiting++) publish(feed, waiting);
        const from = Math.min(seen, count - 1);
        const text = await take(feed.read({ lastId: `rs.${from}`, topics: all }));
        expect(numbers(text)).toEqual(Array.from({ length: count - from }, (_, index) => from + index + 1));
      },
    ),
  );
});

test('a reader that is too late, from another process, or from the future is told to start over', async () => {
  const { feed } = make();
  for (let waiting = 1; waiting <= 10_001; waiting++) publish(feed, waiting);
  for (const id of ['rs.1', 'other.5', 'rs.99999', 'rs.-1', 'rubbish', '']) {
    const text = await take(feed.read({ lastId: id, topics: all }));
    expect([id, text]).toEqual([id, 'id: rs.10001\nevent: reset\ndata: {"type":"reset"}\n\n']);
  }
});

test('a reader that falls behind the ring is told so, and never gets a gap', async () => {
  const { feed } = make();
  const reader = feed.read({ lastId: null, topics: all });
  for (let waiting = 1; waiting <= 20_000; waiting++) publish(feed, waiting);
  const text = await take(reader);
  expect(text).toContain('event: reset');
  publish(feed, 20_001);
  expect(numbers(await take(reader))).toEqual([20_001]);
});

test('topics are filtered', async () => {
  const { feed } = make();
  const reader = feed.read({ lastId: null, topics: new Set<Topic>(['commits']) });
  publish(feed, 1);
  feed.publish({ type: 'commits', repo: 'r', branch: 'main', head: 'a', count: 1 });
  publish(feed, 2);
  const text = await take(reader);
  expect([...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)).toEqual(['commits']);
});

test('a reader far behind is served in bounded pieces that fit together', async () => {
  const { feed } = make();
  const reader = feed.read({ lastId: 'rs.0', topics: all });
  for (let waiting = 1; waiting <= 5_000; waiting++) publish(feed, waiting);
  const got: number[] = [];
  while (got.length < 5_000) {
    const text = await take(reader);
    expect(text.length).toBeLessThan(70_000);
    got.push(...numbers(text));
  }
  expect(got).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1));
});

test('readers at the same place share one piece, and a burst wakes them once', async () => {
  const { clock, feed } = make();
  const readers = [1, 2, 3].map(() => feed.read({ lastId: null, topics: all }));
  const signal = new AbortController().signal;
  const first = readers.map((reader) => reader.next(signal));
  publish(feed, 1);
  const [a, b, c] = await Promise.all(first);
  expect(a === b && b === c).toBe(true);
  const second = readers.map((reader) => reader.next(signal));
  let woken = 0;
  for (const pending of second)
    pending.then(
      () => (woken += 1),
      () => undefined,
    );
  for (let waiting = 2; waiting <= 100; waiting++) publish(feed, waiting);
  await clock.advance(1);
  expect(woken).toBe(0);
  await clock.advance(30);
  expect(woken).toBe(3);
  const text = new TextDecoder().decode(await second[0]);
  expect(numbers(text)).toHaveLength(99);
  expect(lastId(text)).toBe('rs.100');
});

test('a reader that is closed is forgotten', () => {
  const { feed } = make();
  const reader = feed.read({ lastId: null, topics: all });
  expect(feed.readers).toBe(1);
  reader.close();
  expect(feed.readers).toBe(0);
});
