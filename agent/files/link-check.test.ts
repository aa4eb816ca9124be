import { describe, expect, test } from 'bun:test';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { type ArchiveLink, findEscape } from './link-check.ts';

function linksOf(links: Record<string, string>): Map<string, ArchiveLink> {
  return new Map(Object.entries(links).map(([path, target]) => [path, { names: path.split('/'), target }]));
}

describe('links that stay', () => {
  test.each<[string, Record<string, string>]>([
    ['beside', { 'a/link': 'file' }],
    ['above, within', { 'a/b/link': '../../c' }],
    ['to nothing', { link: 'no/such' }],
    ['in a circle', { a: 'b', b: 'a', c: 'a/x' }],
    ['to the root', { 'a/link': '..' }],
    ['through another', { 'a/b': '../c', d: 'a/b/e' }],
  ])('%s', (_, links) => {
    expect(findEscape(linksOf(links))).toBeUndefined();
  });
});

describe('links that leave', () => {
  test.each<[string, Record<string, string>]>([
    ['absolute', { link: '/etc/passwd' }],
    ['above', { 'a/link': '../../x' }],
    ['by way of another link', { 'p/q/r': '../..', x: 'p/q/r/../..' }],
    ['through a link to nothing', { x: 'nothing/../..' }],
  ])('%s', (_, links) => {
    expect(findEscape(linksOf(links))).toBeDefined();
  });
});

test('no link that passes leads the system out of the folder', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const target = fc
    .array(fc.oneof(names, fc.constant('..'), fc.constant('.')), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join('/'));
  const path = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.array(fc.tuple(path, target), { minLength: 1, maxLength: 5 }), (made) => {
      const outer = scratchFolder();
      const root = join(outer, 'x', 'y', 'root');
      mkdirSync(root, { recursive: true });
      writeFileSync(join(outer, 'a'), '');
      const links = new Map<string, ArchiveLink>();
      for (const [at, to] of made) {
        try {
          mkdirSync(dirname(join(root, at)), { recursive: true });
          symlinkSync(to, join(root, at));
          if (dirname(join(root, at)) === realpathSync(dirname(join(root, at)))) {
            links.set(at, { names: at.split('/'), target: to });
          }
        } catch {
          // Two entries contradict each other: such an archive has another test.
        }
      }
      if (findEscape(links) !== undefined) return;
      for (const at of links.keys()) {
        const real = realpath(join(root, at));
        expect(real === undefined || real === root || real.startsWith(`${root}/`)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

function realpath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
