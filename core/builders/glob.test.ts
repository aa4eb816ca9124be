import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { globProblem, matchesGlob, matchesGlobs } from './glob.ts';

describe('matchesGlob', () => {
  test.each([
    ['main', 'main', true],
    ['main', 'mainline', false],
    ['*', 'main', true],
    ['*', 'feature/login', false],
    ['**', 'feature/login', true],
    ['release-*', 'release-1.2', true],
    ['linux-*-race', 'linux-amd64-race', true],
    ['linux-*-race', 'linux-amd64', false],
    ['feature/*', 'feature/login', true],
    ['feature/*', 'feature/login/form', false],
    ['feature/**', 'feature/login/form', true],
    ['**/x.log', 'x.log', true],
    ['**/x.log', 'a/b/x.log', true],
    ['**/x.log', 'a/bx.log', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'abz', false],
    ['v?', 'v1', true],
    ['v?', 'v/', false],
    ['a.b', 'axb', false],
    ['[a]', '[a]', true],
    ['**b**', 'abc/abc', true],
    ['', '', true],
  ])('%s on %s: %p', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  test('agrees with picomatch on the globs that both know', () => {
    // A segment that is `**` or has single stars; picomatch lets a last `/**` match its folder too, so that is left out.
    const plain = fc.stringMatching(/^[ab?*]{1,4}$/).filter((segment) => !segment.includes('**'));
    const glob = fc
      .tuple(fc.array(fc.oneof(plain, fc.constant('**')), { maxLength: 3 }), plain)
      .map(([folders, last]) => [...folders, last].join('/'));
    const text = fc
      .array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 1, maxLength: 4 })
      .map((segments) => segments.join('/'));
    fc.assert(
      fc.property(glob, text, (pattern, name) => {
        expect(matchesGlob(pattern, name)).toBe(picomatch.isMatch(name, pattern, { dot: true }));
      }),
    );
  });

  test('a glob made to backtrack takes no longer than another', () => {
    const glob = `${'**a'.repeat(80)}b`;
    expect(matchesGlob(glob, 'a'.repeat(256))).toBe(false);
  });
});

describe('matchesGlobs', () => {
  test('an exclusion takes out what the others let in, wherever it stands', () => {
    expect(matchesGlobs(['!wip/**', '**'], 'wip/x')).toBe(false);
    expect(matchesGlobs(['**', '!wip/**'], 'main')).toBe(true);
  });
  test('exclusions alone start from everything', () => {
    expect(matchesGlobs(['!wip/**'], 'main')).toBe(true);
    expect(matchesGlobs(['!wip/**'], 'wip/x')).toBe(false);
  });
  test('an empty list lets nothing in', () => {
    expect(matchesGlobs([], 'main')).toBe(false);
  });
});

test('globProblem names emptiness, length and control characters', () => {
  expect(globProblem('linux-*')).toBeNull();
  expect(globProblem('')).toContain('empty');
  expect(globProblem('!')).toContain('empty');
  expect(globProblem('a'.repeat(256))).toBeNull();
  expect(globProblem('a'.repeat(257))).toContain('longer');
  expect(globProblem('a\u0000')).toContain('control');
});
