import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { advanceGlob, beginGlob, type GlobState, isMatch, matchesName } from './glob.ts';

function stateAt(pattern: string, path: string): GlobState {
  return path.split('/').reduce(advanceGlob, beginGlob([pattern.split('/')]));
}

const matches = (pattern: string, path: string): boolean => isMatch(stateAt(pattern, path));

/** The same rules as a regular expression, which may take for ever where ours does not. */
function asRegExp(pattern: string): RegExp {
  const names = pattern
    .split('/')
    .map((name) =>
      name === '**' ? '**' : name.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '[^/]*'),
    );
  let source = '';
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    if (name === '**') source += isLast ? '(?:/[^/]+)*' : '(?:/[^/]+)*';
    else source += `/${name}`;
  }
  return new RegExp(`^${source}$`);
}

const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 4 });
const pattern = fc
  .array(
    fc.oneof(
      fc.constant('**'),
      fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), minLength: 1, maxLength: 4 }),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((names) => names.join('/'));

test('matches as the rules say', () => {
  fc.assert(
    fc.property(pattern, fc.array(name, { minLength: 1, maxLength: 5 }), (glob, path) => {
      const text = path.join('/');
      expect(matches(glob, text)).toBe(asRegExp(glob).test(`/${text}`));
    }),
    { numRuns: 3_000 },
  );
});

describe('examples', () => {
  test.each([
    ['dist/*.js', 'dist/a.js', true],
    ['dist/*.js', 'dist/sub/a.js', false],
    ['**/*.xml', 'a.xml', true],
    ['**/*.xml', 'a/b/c.xml', true],
    ['a/**/b', 'a/b', true],
    ['a/**', 'a', true],
    ['a/**', 'a/x/y', true],
    ['a', 'a/b', false],
    ['[ab]?', '[ab]?', true],
    ['[ab]?', 'ax', false],
  ])('%s on %s: %p', (glob, path, expected) => {
    expect(matches(glob, path)).toBe(expected);
  });
});

test('a folder below which nothing can match is not entered', () => {
  expect(stateAt('dist/**/*.js', 'src').isOver).toBe(true);
  expect(stateAt('dist/**/*.js', 'dist/deep').isOver).toBe(false);
  expect(stateAt('a/b', 'a/b/c').isOver).toBe(true);
});

test('a pattern made to hurt takes no time', () => {
  expect(matchesName(`${'*a'.repeat(2_000)}b`, 'a'.repeat(4_000))).toBe(false);
  expect(matches(Array(200).fill('**').join('/'), Array(200).fill('x').join('/'))).toBe(true);
  expect(matches(`${Array(400).fill('**/x*').join('/')}/y`, Array(600).fill('xx').join('/'))).toBe(false);
});
