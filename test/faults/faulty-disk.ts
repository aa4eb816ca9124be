/**
 * The disk of an agent, with a failpoint at each write: every function of `node:fs` that changes something asks first. The agent uses its
 * disk directly and not through a port, so this has to be called before any of its modules is loaded.
 */
import { mock } from 'bun:test';
import fs from 'node:fs';
import { relative } from 'node:path';
import type { Failpoints } from './failpoint.ts';

type AnyFunction = (...args: never[]) => unknown;

/** Functions of `node:fs` that change the disk, and where their arguments name what they change. */
const changing: Readonly<Record<string, 'path' | 'newPath' | 'descriptor'>> = {
  writeSync: 'descriptor',
  write: 'descriptor',
  fsyncSync: 'descriptor',
  fchmodSync: 'descriptor',
  futimesSync: 'descriptor',
  openSync: 'path',
  writeFileSync: 'path',
  mkdirSync: 'path',
  unlinkSync: 'path',
  rmSync: 'path',
  rmdirSync: 'path',
  truncateSync: 'path',
  chmodSync: 'path',
  renameSync: 'newPath',
  symlinkSync: 'newPath',
  linkSync: 'newPath',
};

/** `root` is the agent's folder; what happens outside of it does not count. */
export function breakDisk(root: string, points: Failpoints): void {
  const real = { ...fs };
  const paths = new Map<number, string>();
  const replaced: Record<string, AnyFunction> = {};
  for (const [name, names] of Object.entries(changing)) {
    const run = real[name as keyof typeof real] as (...args: unknown[]) => unknown;
    replaced[name] = (...args: unknown[]) => {
      const path =
        names === 'descriptor' ? paths.get(args[0] as number) : String(names === 'path' ? args[0] : args[1]);
      const part = path === undefined ? null : partOf(root, path);
      if (part === null || (name === 'openSync' && !creates(args[1]))) return noted(name, args, run(...args));
      const phase = points.next(`${name}[${part}]`);
      if (phase === 'before') points.die();
      if (phase === 'during') writeHalf(real, args);
      else if (phase === 'after') (name === 'write' ? writeWhole : run)(...args);
      if (phase !== null) points.die();
      return noted(name, args, run(...args));
    };
  }
  function writeWhole(...[file, bytes, offset, length, position]: readonly unknown[]): void {
    const { writeSync } = real as { writeSync: (...args: unknown[]) => number };
    writeSync(file, bytes, offset, length, position);
  }
  function noted(name: string, args: readonly unknown[], answer: unknown): unknown {
    if (name === 'openSync') paths.set(answer as number, String(args[0]));
    return answer;
  }
  mock.module('node:fs', () => ({ ...real, ...replaced, default: { ...real, ...replaced } }));
}

/** Starting a process is the one thing that can't be taken back. */
export function breakSpawn(points: Failpoints): void {
  const spawn = Bun.spawn as (...args: unknown[]) => unknown;
  Object.assign(Bun, {
    spawn(...args: unknown[]) {
      const phase = points.next('spawn');
      if (phase === 'before') points.die();
      const child = spawn(...args);
      if (phase !== null) points.die();
      return child;
    },
  });
}

function creates(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & fs.constants.O_CREAT) !== 0;
  return typeof flags === 'string' && /[wa]/.test(flags);
}

/** A class of paths: what is different in each run (ids, numbers) is left out. */
function partOf(root: string, path: string): string | null {
  const below = relative(root, path);
  if (below.startsWith('..') || below === '') return null;
  const [first = '', ...rest] = below.split('/');
  const ending = /\.[a-z]+/.exec(rest.at(-1) ?? '')?.[0] ?? '';
  return `${first}${rest.length > 0 ? '/' : ''}${ending}`;
}

function writeHalf(real: typeof fs, [file, bytes, offset, length, position]: readonly unknown[]): void {
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : (bytes as Uint8Array);
  const from = typeof offset === 'number' ? offset : 0;
  const count = typeof length === 'number' ? length : all.length - from;
  real.writeSync(file as number, all, from, Math.ceil(count / 2), (position as number | null) ?? null);
}
