/**
 * Plants each bug of `bugs/` in a copy of the product, and looks for it with a budget of seeds: a bottle that finds nothing there says
 * nothing about the product either. The shared tree is never touched.
 *
 *   bun test/sim/bugs.ts                    all, 60 seeds each
 *   bun test/sim/bugs.ts --only 07 --seeds 200
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCellar } from './bottle.ts';
import type { Story } from './farm/story.ts';
import { type ProfileName, profiles, writeStory } from './farm/write-story.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '60' },
    profile: { type: 'string', default: 'trouble' },
    workers: { type: 'string', default: '2' },
  },
});

const root = join(import.meta.dir, '../..');
const folder = join(import.meta.dir, 'bugs');
const say = (text: string) => process.stdout.write(`${text}\n`);

/** The parts of the project that a bottle is made of. */
function copyOfProduct(): string {
  const copy = mkdtempSync(join(tmpdir(), 'croft-bugs-'));
  for (const part of [
    'agent',
    'core',
    'storage',
    'env',
    'test/sim',
    'test/fakes',
    'package.json',
    'tsconfig.json',
  ])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

interface Found {
  readonly seed: number;
  readonly rule: string;
  readonly what: string;
}

async function hunt(patch: string): Promise<Found | null> {
  const copy = copyOfProduct();
  try {
    const applied = Bun.spawnSync(['git', 'apply', '--whitespace=nowarn', join(folder, patch)], {
      cwd: copy,
    });
    if (!applied.success) throw new Error(`${patch} does not apply any more: ${applied.stderr.toString()}`);
    return await search(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const clean = await openCellar({});
const cleanBottle = clean.open();

/** A seed that fails without the bug as well says nothing about it. */
async function isBrokenAnyway(story: Story): Promise<boolean> {
  const { violations } = await cleanBottle.run({ story, keepTrace: false, lookEveryMs: 5_000 });
  return violations.length > 0;
}

async function search(copy: string): Promise<Found | null> {
  const cellar = await openCellar({ root: copy });
  let next = 1;
  let found: Found | null = null;
  async function work(): Promise<void> {
    const bottle = cellar.open();
    while (found === null && next <= Number(values.seeds)) {
      const seed = next++;
      const story = writeStory(seed, profiles[values.profile as ProfileName]);
      const { violations } = await bottle.run({ story, keepTrace: false, lookEveryMs: 5_000 });
      const [violation] = violations;
      if (violation === undefined || (await isBrokenAnyway(story))) continue;
      found ??= { seed, rule: violation.rule, what: violation.what };
    }
    bottle.close();
  }
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
  cellar.close();
  return found;
}

let missed = 0;
const patches = readdirSync(folder).filter((name) => name.endsWith('.patch') && name.startsWith(values.only));
for (const patch of patches.sort()) {
  const breaks = readFileSync(join(folder, patch), 'utf8').split('\n', 1)[0]?.replace('Breaks: ', '') ?? '';
  const found = await hunt(patch);
  if (found === null) missed++;
  say(`${found === null ? 'MISSED' : 'found '} ${basename(patch, '.patch')}: ${breaks}`);
  say(
    found === null
      ? `       in ${values.seeds} seeds`
      : `       seed ${found.seed}, ${found.rule}: ${found.what.slice(0, 160)}`,
  );
}
cleanBottle.close();
clean.close();
say(`${patches.length - missed} of ${patches.length} found (load ${loadavg()[0]?.toFixed(2)})`);
process.exit(missed === 0 ? 0 : 1);
