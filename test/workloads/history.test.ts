import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changelogDates } from './changelog.ts';
import { run } from './command.ts';
import { newestFileAt } from './files.ts';
import { commitTimes, makeHistory } from './history.ts';
import type { Release, Workload } from './types.ts';

const scratch = mkdtempSync(join(tmpdir(), 'croft-workloads-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const workload: Workload = {
  name: 'thing',
  registry: 'npm',
  project: 'thing',
  versions: ['1.0.0', 'v1.1.0'],
  files: { 'croft.json': '{"steps":["true"]}' },
  builders: [],
  red: {},
};

function folder(name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(scratch, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

const releases: readonly Release[] = [
  {
    version: '1.0.0',
    dir: folder('one', {
      'a.txt': 'a',
      'old/b.txt': 'b',
      '.gitignore': '*.log\n',
      'kept.log': 'x',
      out: '1',
    }),
    at: Date.UTC(2020, 4, 5),
    leaveOut: ['out'],
  },
  { version: 'v1.1.0', dir: folder('two', { 'a.txt': 'changed' }), at: null },
];

describe('a history', () => {
  const dir = makeHistory(workload, join(scratch, 'repository'), () => releases);
  const git = (...args: string[]) => run('git', args, { cwd: dir });

  test('has a commit for each release, with its files, its date and its tag', () => {
    expect(git('log', '--reverse', '--format=%s %aI')).toBe(
      'thing v1.0.0 2020-05-05T00:00:00+00:00\nthing v1.1.0 2020-05-06T00:00:00+00:00',
    );
    const files = (revision: string) => git('ls-tree', '-r', '--name-only', revision).split('\n');
    expect(files('v1.0.0')).toEqual(['.gitignore', 'a.txt', 'croft.json', 'kept.log', 'old/b.txt']);
    expect(files('v1.1.0')).toEqual(['a.txt', 'croft.json']);
    expect(git('status', '--porcelain')).toBe('');
  });

  test('has the same hashes wherever it is made', () => {
    const again = makeHistory(workload, join(scratch, 'again'), () => releases);
    expect(run('git', ['rev-parse', 'main'], { cwd: again })).toBe(git('rev-parse', 'main'));
  });

  test('is left alone while it is made of the same, and made anew when it is not', () => {
    const fail = () => {
      throw new Error('nothing should be fetched');
    };
    expect(makeHistory(workload, dir, fail)).toBe(dir);
    const other = { ...workload, files: {} };
    expect(() => makeHistory(other, dir, fail)).toThrow('nothing should be fetched');
    makeHistory(other, dir, () => releases);
    expect(existsSync(join(dir, 'croft.json'))).toBe(false);
  });
});

describe('dates', () => {
  const day = 24 * 3_600_000;
  test('of releases that tell none, and of patches of an old line', () => {
    const at = [Date.UTC(2020, 0, 9), null, Date.UTC(2019, 0, 1), Date.UTC(2021, 0, 1)];
    const first = Date.UTC(2020, 0, 9);
    expect(commitTimes(at.map((one) => ({ at: one })))).toEqual([
      first,
      first + day,
      first + day + 60_000,
      Date.UTC(2021, 0, 1),
    ]);
  });

  test('in a changelog', () => {
    const text = [
      '# Changelog',
      '## [v1.2.8](https://example.test/v1.2.7...v1.2.8) - 2023-02-09',
      '## [1.2.7] - 2022-10-10',
      '## v0.1.0 - 2014-05-12',
      '## Unreleased',
    ].join('\n');
    expect([...changelogDates(text).keys()]).toEqual(['1.2.8', '1.2.7', '0.1.0']);
    expect(changelogDates(text).get('1.2.8')).toBe(Date.UTC(2023, 1, 9));
  });

  test('of files: the newest, unless the archive has lost them', () => {
    const dir = folder('dated', { 'a.txt': '', 'sub/b.txt': '' });
    const constant = new Date('1985-10-26T08:15:00Z');
    for (const path of ['a.txt', 'sub/b.txt']) utimesSync(join(dir, path), constant, constant);
    expect(newestFileAt(dir)).toBeNull();
    const real = new Date('2017-03-22T01:02:03Z');
    utimesSync(join(dir, 'sub/b.txt'), real, real);
    expect(newestFileAt(dir)).toBe(real.getTime());
  });
});
