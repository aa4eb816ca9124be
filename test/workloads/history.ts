/** A git repository whose commits are released versions. The same releases always give the same hashes. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { copyTree } from './files.ts';
import type { Release, Workload } from './types.ts';

/** Grows with every change of this file that gives other commits for the same workload. */
const format = 1;
const stampFile = join('.git', 'croft-workload');

const minute = 60_000;
const day = 24 * 60 * minute;
/** Before the first release of anything here, for a history that tells no date at all. */
const start = Date.UTC(2015, 0, 1);

/**
 * When each release is committed: when it was made where that is known, else a day after the one before; never before that one,
 * since patches of an old line come out after the next.
 */
export function commitTimes(releases: readonly Pick<Release, 'at'>[]): readonly number[] {
  const times: number[] = [];
  for (const { at } of releases) {
    const before = times.at(-1);
    if (before === undefined) times.push(at ?? start);
    else times.push(at === null ? before + day : Math.max(at, before + minute));
  }
  return times;
}

/** What the commit of a version is called, by which its build is known again. */
export function subjectOf(workload: string, version: string): string {
  return `${workload} ${tagOf(version)}`;
}

function tagOf(version: string): string {
  return version.replace(/^v?/, 'v');
}

/**
 * Makes the repository of a workload, or leaves it when it is there and made of the same. `fetch` is asked only when needed.
 * Answers its folder.
 */
export function makeHistory(workload: Workload, dir: string, fetch: () => readonly Release[]): string {
  const { name, registry, project, versions, files = {} } = workload;
  const stamp = createHash('sha256')
    .update(JSON.stringify({ format, name, registry, project, versions, files }))
    .digest('hex');
  if (existsSync(join(dir, stampFile)) && readFileSync(join(dir, stampFile), 'utf8') === stamp) return dir;
  const releases = fetch();
  const unfinished = `${dir}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const git = gitIn(unfinished);
  git(['init', '--quiet', '--initial-branch=main']);
  const times = commitTimes(releases);
  releases.forEach((release, index) => {
    // Everything of the version before leaves the folder, also what .gitignore names.
    if (index > 0) git(['rm', '-r', '--quiet', '--force', '.']);
    copyTree(release.dir, unfinished, ['.git', ...(release.leaveOut ?? [])]);
    for (const [path, text] of Object.entries(files)) writeFileSync(join(unfinished, path), text);
    git(['add', '--all', '--force']);
    git(['commit', '--quiet', '--allow-empty', '--message', subjectOf(name, release.version)], times[index]);
    git(['tag', tagOf(release.version)]);
  });
  writeFileSync(join(unfinished, stampFile), stamp);
  rmSync(dir, { recursive: true, force: true });
  renameSync(unfinished, dir);
  return dir;
}

function gitIn(dir: string): (args: readonly string[], at?: number) => string {
  const who = { NAME: 'Croft workloads', EMAIL: 'workloads@croft.test' };
  return (args, at = start) => {
    const date = `${Math.floor(at / 1000)} +0000`;
    return run('git', args, {
      cwd: dir,
      env: {
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: who.NAME,
        GIT_AUTHOR_EMAIL: who.EMAIL,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: who.NAME,
        GIT_COMMITTER_EMAIL: who.EMAIL,
        GIT_COMMITTER_DATE: date,
      },
    });
  };
}
