import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { buildStateNames } from './build-states.ts';
import { formatRoute, gridRoute, parseLineRange, parseRoute, type Route } from './route.ts';

const text = fc.string({ maxLength: 12 });
const name = fc.string({ minLength: 1, maxLength: 12 });
const maybeName = fc.option(name, { nil: null });
const state = fc.option(fc.constantFrom(...buildStateNames), { nil: null });
const line = fc.option(
  fc
    .tuple(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 0, max: 50 }))
    .map(([from, more]) => ({ from, to: from + more })),
  { nil: null },
);

const anyRoute: fc.Arbitrary<Route> = fc.oneof(
  fc.record({
    page: fc.constant('grid' as const),
    repo: maybeName,
    branch: maybeName,
    builders: fc.array(name, { maxLength: 3 }),
    state,
    text,
  }),
  fc.record({
    page: fc.constant('builds' as const),
    repo: maybeName,
    builder: maybeName,
    commit: maybeName,
    state,
  }),
  fc.record({ page: fc.constant('commit' as const), repo: name, hash: name }),
  fc.record({
    page: fc.constant('build' as const),
    id: name,
    attempt: fc.option(fc.integer({ min: 1, max: 999 }), { nil: null }),
    line,
  }),
  fc.record({ page: fc.constant('machines' as const), state: maybeName, text }),
  fc.record({ page: fc.constant('machine' as const), id: name }),
  fc.record({ page: fc.constant('queue' as const), class: maybeName }),
  fc.record({ page: fc.constantFrom('pools' as const, 'health' as const, 'settings' as const) }),
);

describe('routes', () => {
  test('every route survives the address bar', () => {
    fc.assert(
      fc.property(anyRoute, (route) => {
        expect(parseRoute(formatRoute(route))).toEqual(route);
      }),
    );
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), (hash) => {
        parseRoute(hash);
        parseRoute(`#build/${hash}?line=${hash}`);
      }),
    );
  });

  test('an empty address is the grid', () => {
    expect(parseRoute('')).toEqual(gridRoute);
    expect(parseRoute('#/')).toEqual(gridRoute);
  });

  test('repositories may have slashes in their names', () => {
    expect(parseRoute(formatRoute({ page: 'commit', repo: 'tools/a b', hash: 'abcd' }))).toEqual({
      page: 'commit',
      repo: 'tools/a b',
      hash: 'abcd',
    });
  });

  test.each(['#nonsense', '#build', '#build/', '#commit/repo', '#machine', '#build/%E0%A4%A', '#toString'])(
    '%s is an unknown page',
    (hash) => {
      expect(parseRoute(hash).page).toBe('unknown');
    },
  );

  test('a filter with a value that is none is no filter', () => {
    expect(parseRoute('#grid?state=purple&builder=')).toEqual(gridRoute);
  });
});

test.each([
  ['120', { from: 120, to: 120 }],
  ['120-140', { from: 120, to: 140 }],
  ['140-120', { from: 120, to: 140 }],
  ['0', null],
  ['x', null],
  ['1-', null],
  ['9999999999999', null],
])('line range %s', (written, range) => {
  expect(parseLineRange(written)).toEqual(range);
});
