/** Archives that no honest tool writes, unpacked by the agent's own code into real folders. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unpack } from '../../agent/files/unpack.ts';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createSystemRandomness } from '../../agent/kit/ids.ts';
import { currentRuntime } from '../../agent/platform/runtime.ts';
import { isFarmError } from '../../agent/wire/farm-error.ts';
import { type Entry, inPieces, tarOf } from '../agent/archives.ts';
import { type Cases, eachCase } from './each-case.ts';
import { hostileTexts } from './hostile-values.ts';
import type { Chance } from './random.ts';

const guardedText = 'nobody may change this';

export async function fuzzArchives(
  options: Cases,
): Promise<{ readonly cases: number; readonly unpacked: number }> {
  let unpacked = 0;
  await eachCase('archives', options, async (chance) => {
    const folder = mkdtempSync(join(tmpdir(), 'croft-archive-'));
    try {
      if (await oneArchive(chance, folder)) unpacked++;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return { cases: options.cases, unpacked };
}

/** True when it was taken. Outside of the work folder nothing is changed or made, and a refused one leaves nothing in it. */
async function oneArchive(chance: Chance, folder: string): Promise<boolean> {
  for (const name of ['stage', 'work', 'outside']) mkdirSync(join(folder, name));
  const outside = join(folder, 'outside', 'file');
  writeFileSync(outside, guardedText);
  if (chance.onceIn(3)) symlinkSync(join(folder, 'outside'), join(folder, 'work', 'a'));
  const before = readdirSync(join(folder, 'work'));
  const bytes = bytesOf(chance, entriesOf(chance, folder));
  const compression = chance.pick(['none', 'gzip'] as const);
  const source = inPieces(compression === 'gzip' ? gzipSync(bytes) : bytes, 1 + chance.below(3_000));
  const deps = {
    clock: createSystemClock(),
    randomness: createSystemRandomness(),
    pause: currentRuntime().pause,
    stageFolder: join(folder, 'stage'),
  };
  let taken = false;
  try {
    const dir = chance.pick(['src', '', 'a', 'a/b', '../outside', './/x']);
    await unpack(deps, { root: join(folder, 'work'), dir }, { source, compression }, () => undefined);
    taken = true;
  } catch (error) {
    if (!isFarmError(error) || error.code === 'internal') throw error;
  }
  if (readFileSync(outside, 'utf8') !== guardedText) throw new Error('A file outside was changed');
  if (statSync(outside).nlink !== 1) throw new Error('A file outside has another name now');
  const around = [...readdirSync(folder), ...readdirSync(join(folder, 'outside'))].sort().join();
  if (around !== 'file,outside,stage,work') throw new Error(`There is more outside: ${around}`);
  const staged = readdirSync(join(folder, 'stage'));
  if (staged.length > 0) throw new Error(`It left ${staged.join()} in its stage`);
  if (!taken && readdirSync(join(folder, 'work')).some((name) => !before.includes(name) && name !== 'a'))
    throw new Error('A refused archive left something in the work folder');
  return taken;
}

const names = [
  'a',
  'a/b',
  'a/b/c',
  'b',
  'a/../b',
  '../outside/file',
  '/tmp/croft-owned',
  'a//b',
  './a',
  '.',
  '..',
  'a/',
  'b/./c',
];

const goodNames = ['a', 'b', 'c', 'a/b', 'a/b/c', 'd/e', './f'];

/** In every second archive at most one entry is strange, so that what the others made is there for it. */
function entriesOf(chance: Chance, folder: string): readonly Entry[] {
  const isWild = chance.onceIn(2);
  const entries = Array.from({ length: chance.below(8) }, () =>
    isWild ? strangeEntry(chance, folder) : goodEntry(chance),
  );
  return isWild || chance.onceIn(2) ? entries : [...entries, strangeEntry(chance, folder)];
}

function goodEntry(chance: Chance): Entry {
  const name = chance.pick(goodNames);
  if (chance.onceIn(5)) return { name: chance.pick(['a', 'd', 'd/e']), type: 'folder' };
  if (chance.onceIn(5)) return { name: 'link', type: 'link', target: chance.pick(goodNames) };
  return { name, content: chance.bytes(chance.below(500)) };
}

function strangeEntry(chance: Chance, folder: string): Entry {
  const outside = [
    join(folder, 'outside'),
    '../outside',
    '../outside/file',
    '../../outside/file',
    '/etc/passwd',
    'a',
    'b',
    'a/b',
    '.',
    '..',
  ];
  const name = chance.onceIn(4) ? chance.pick(hostileTexts).toWellFormed() : chance.pick(names);
  const kind = chance.below(6);
  const mode = chance.pick([0o644, 0o755, 0, 0o7777, 0o400]);
  const modifiedAt = chance.pick([0, 1_700_000_000, -1, 8 ** 11 - 1]);
  if (kind < 2) return { name, mode, modifiedAt, content: chance.bytes(chance.below(2_000)) };
  if (kind === 2) return { name, mode, type: 'folder' };
  if (kind === 3)
    return { name, type: 'link', target: chance.pick([...outside, ...hostileTexts]).toWellFormed() };
  // Hard links, devices, pipes, and kinds that only some tools know.
  const flag = chance.pick(['1', '1', '3', '4', '6', '7', 'D', 'M', 'S', 'V', 'g', 'x', 'L', 'K', 'Z', '\0']);
  return {
    name,
    flag,
    target: chance.pick(outside),
    ...(chance.onceIn(2) ? { content: chance.bytes(chance.below(600)) } : {}),
  };
}

/** Whole, or with some bytes changed, cut off, or more of them behind the end. */
function bytesOf(chance: Chance, entries: readonly Entry[]): Uint8Array {
  const bytes = tarOf(entries);
  switch (chance.below(6)) {
    case 0:
      return bytes.subarray(0, chance.below(bytes.length + 1));
    case 1:
      for (let flips = 1 + chance.below(5); flips > 0; flips--)
        bytes[chance.below(bytes.length)] = chance.below(256);
      return bytes;
    case 2:
      return Buffer.concat([bytes, chance.bytes(chance.below(2_000))]);
    case 3:
      return withSize(chance, bytes);
    default:
      return bytes;
  }
}

/** The first entry says another size, in either notation, and its checksum agrees. */
function withSize(chance: Chance, bytes: Buffer): Uint8Array {
  const size = chance.pick([
    '77777777777\0',
    '-0000000001\0',
    '00000000000\0',
    '           \0',
    'zzzzzzzzzzz\0',
    '\u0080\0\0\0\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff',
    '\u00ff'.repeat(12),
  ]);
  bytes.write(size, 124, 'latin1');
  bytes.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of bytes.subarray(0, 512)) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
