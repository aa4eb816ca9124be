/** A real repository with a long history, made by `git fast-import`, so that the coordinator finds what the database says. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createChance } from '../fuzz/random.ts';

export interface SeededCommit {
  readonly hash: string;
  readonly tree: string;
  readonly at: number;
  readonly author: string;
  readonly subject: string;
}

const authors = [
  'Ada',
  'Alan',
  'Barbara',
  'Dennis',
  'Edsger',
  'Frances',
  'Grace',
  'Jean',
  'Ken',
  'Margaret',
  'Niklaus',
];
const parts = [
  'cmd/go',
  'net/http',
  'runtime',
  'os',
  'crypto/tls',
  'encoding/json',
  'go/types',
  'syscall',
  'time',
  'all',
];
const verbs = ['fix', 'speed up', 'document', 'simplify', 'remove', 'test', 'rework', 'revert change to'];
const things = [
  'the reader',
  'error paths',
  'a data race',
  'the cache',
  'flaky timeouts',
  'allocation',
  'the parser',
];

/** One line of history on `main`, oldest first, evenly over the time between with some unrest. */
export async function makeHistory(
  dir: string,
  options: { readonly commits: number; readonly from: number; readonly to: number; readonly seed: number },
): Promise<readonly SeededCommit[]> {
  await mkdir(dir, { recursive: true });
  await git(['init', '--quiet', '--bare', '--initial-branch=main', dir], null);
  const chance = createChance(options.seed);
  const step = (options.to - options.from) / options.commits;
  const made = Array.from({ length: options.commits }, (_, position) => ({
    at: Math.floor((options.from + position * step + chance.below(Math.max(1, step))) / 1_000) * 1_000,
    author: chance.pick(authors),
    subject: `${chance.pick(parts)}: ${chance.pick(verbs)} ${chance.pick(things)} (${position})`,
  }));
  await git(['-C', dir, 'fast-import', '--quiet'], importOf(made));
  const listed = await git(['-C', dir, 'log', '--reverse', '--format=%H %T', 'main'], null);
  return listed
    .trim()
    .split('\n')
    .flatMap((line, position) => {
      const [hash = '', tree = ''] = line.split(' ');
      const commit = made[position];
      return commit === undefined ? [] : [{ ...commit, hash, tree }];
    });
}

export function emailOf(author: string): string {
  return `${author.toLowerCase()}@example.org`;
}

function importOf(commits: readonly { at: number; author: string; subject: string }[]): string {
  return commits
    .map(({ at, author, subject }, position) => {
      const content = `change ${position}\n`;
      return [
        'commit refs/heads/main',
        `mark :${position + 1}`,
        `committer ${author} <${emailOf(author)}> ${Math.floor(at / 1_000)} +0000`,
        `data ${subject.length}\n${subject}`,
        ...(position === 0 ? [] : [`from :${position}`]),
        `M 100644 inline change.txt\ndata ${content.length}\n${content}`,
      ].join('\n');
    })
    .join('\n');
}

async function git(args: readonly string[], input: string | null): Promise<string> {
  const ran = Bun.spawn(['git', ...args], {
    stdin: input === null ? 'ignore' : new Blob([input]),
    stdout: 'pipe',
    stderr: 'inherit',
    env: { PATH: process.env['PATH'] ?? '', HOME: join(import.meta.dir, 'no-such-home') },
  });
  const text = await new Response(ran.stdout).text();
  if ((await ran.exited) !== 0) throw new Error(`git ${args.join(' ')} failed`);
  return text;
}
