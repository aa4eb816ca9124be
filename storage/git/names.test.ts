import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { gitFailed, gitsWords } from './messages.ts';
import { checkUrl, isRefName, mirrorFolder } from './names.ts';

describe('names', () => {
  test('a ref name is exactly what git takes for one', () => {
    const character = fc.constantFrom(...'ab./-@{}~^: *?[\\\u0001é#', '.lock', '..', '@{');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 8 }), (name) => {
        const { exitCode } = Bun.spawnSync(['git', 'check-ref-format', `refs/heads/${name}`]);
        // Alone, `@` is short for HEAD.
        expect([name, isRefName(name)]).toEqual([name, exitCode === 0 && name !== '@']);
      }),
      { numRuns: 150 },
    );
  });

  test('folders of mirrors differ as the names do, in more than case', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,8})?$/);
    fc.assert(
      fc.property(name, name, (one, two) => {
        const same = mirrorFolder(one).toLowerCase() === mirrorFolder(two).toLowerCase();
        expect(same).toBe(one === two);
        expect(mirrorFolder(one)).toMatch(/^[a-z0-9+][^/]*\.git$/);
      }),
    );
  });

  test('URLs of every kind that git can fetch from are taken', () => {
    for (const url of [
      'https://a/b.git',
      'http://u:p@a:1/b',
      'ssh://git@a:22/b',
      'git://a/b',
      'git+ssh://git@a/b',
      'file:///a/b',
      'git@a.b:c/d.git',
      'host:path',
      '/a/b c',
    ]) {
      expect(() => checkUrl(url)).not.toThrow();
    }
  });
});

describe('messages', () => {
  test('hold nothing that opens a door', () => {
    expect(gitsWords("fatal: unable to access 'https://u:p@w@h/x?private_token=abc&y=1'")).toBe(
      "unable to access 'https://h/x?private_token=…&y=1'",
    );
    expect(gitsWords('warning: w\nremote: no\nfatal: repository x not found\n')).toBe(
      'remote: no; repository x not found',
    );
    expect(gitsWords('')).toBe('git said nothing');
  });

  test('a full disk is told as such', () => {
    const stderr = 'fatal: write error: No space left on device\nfatal: index-pack failed';
    expect(gitFailed('fetch', stderr)).toMatchObject({ code: 'disk_full', blame: 'farm' });
  });
});
