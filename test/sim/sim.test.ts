/** A short budget of the farm in a bottle; `run.ts` holds the long one. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bottle, type Cellar, openCellar } from './bottle.ts';
import type { Story } from './farm/story.ts';
import { profiles, writeStory } from './farm/write-story.ts';
import { shrink } from './shrink.ts';
import { storyText, timeline } from './timeline.ts';

let cellar: Cellar;
let bottle: Bottle;

beforeAll(async () => {
  cellar = await openCellar();
  bottle = cellar.open();
});

afterAll(() => {
  bottle.close();
  cellar.close();
});

const lookEveryMs = 5_000;
/** Real time, on a machine that may have much else to do. */
const patienceMs = 120_000;

async function expectToHold(story: Story): Promise<void> {
  const told = await bottle.run({ story, keepTrace: true, lookEveryMs });
  const [violation] = told.violations;
  if (violation === undefined) return;
  throw new Error(`${violation.rule}: ${violation.what}\n${storyText(story)}\n${timeline(told.lines, 80)}`);
}

test(
  'a calm farm builds every commit once, and the same seed gives the same trace to the byte',
  async () => {
    const story = writeStory(1, profiles.calm);
    const first = await bottle.run({ story, keepTrace: true, lookEveryMs });
    expect(first.violations).toEqual([]);
    expect(first.builds).toBeGreaterThanOrEqual(20);
    const again = await bottle.run({ story, keepTrace: true, lookEveryMs });
    expect(again.digest).toBe(first.digest);
    expect(again.lines).toEqual(first.lines);
  },
  patienceMs,
);

test(
  'a farm in trouble is the same twice as well',
  async () => {
    const story = writeStory(7, profiles.trouble);
    const first = await bottle.run({ story, keepTrace: false, lookEveryMs });
    const again = await bottle.run({ story, keepTrace: false, lookEveryMs });
    expect(again.digest).toBe(first.digest);
  },
  patienceMs,
);

const seeds = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13];

test.each(seeds)(
  'trouble %p holds',
  async (seed) => {
    await expectToHold(writeStory(seed, profiles.trouble));
  },
  patienceMs,
);

const found = join(import.meta.dir, 'found');

test.each(readdirSync(found))(
  'a story that broke the farm once holds: %s',
  async (name) => {
    await expectToHold(JSON.parse(readFileSync(join(found, name), 'utf8')) as Story);
  },
  patienceMs,
);

test('a failing story is made short, and fails in the same way', async () => {
  const story = writeStory(2, profiles.trouble);
  const last = story.faults.at(-1);
  // Stands for a bottle: this farm breaks whenever one certain fault is in the story.
  const run = async (candidate: Story) => ({
    violations: candidate.faults.some((fault) => Bun.deepEquals(fault, last))
      ? [{ at: 0, rule: 'broken', what: 'by the last fault' }]
      : [],
  });
  const small = await shrink(story, 'broken', run);
  expect(small.story.faults).toEqual(last === undefined ? [] : [last]);
  expect([small.story.machines.length, small.story.builders.length]).toEqual([1, 1]);
  expect(small.story.pushes).toEqual([]);
});
