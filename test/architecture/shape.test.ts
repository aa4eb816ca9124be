/** Files keep a size that can be read at once, and every capability of core has the same inner shape. */
import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exceptions, joiningFiles, longestFile, longFiles, partialCapabilities } from './rules.ts';
import { existsInProject, isTest, projectRoot, readSourceFiles } from './source-files.ts';

const files = readSourceFiles();

test(`no file of the product is longer than ${longestFile} lines`, () => {
  const wrong = files
    .filter((file) => !isTest(file.path) && !(file.path in longFiles))
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > longestFile)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
  expect(wrong).toEqual([]);
});

test('the lists of exceptions name what is there', () => {
  const paths = [
    ...Object.keys(longFiles),
    ...Object.keys(joiningFiles),
    ...exceptions.map(({ from }) => from),
  ];
  expect(paths.filter((path) => !existsInProject(path))).toEqual([]);
  expect(Object.keys(partialCapabilities).filter((name) => !existsInProject(`core/${name}`))).toEqual([]);
});

const capabilities = readdirSync(join(projectRoot, 'core'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test.each(capabilities)('core/%s has an entry with a header, its types and its ports', (name) => {
  const lacks = partialCapabilities[name]?.lacks ?? [];
  const wanted = ['index.ts', 'types.ts', 'ports.ts'].filter((file) => !lacks.includes(file));
  expect(wanted.filter((file) => !existsInProject(`core/${name}/${file}`))).toEqual([]);
  const entry = files.find((file) => file.path === `core/${name}/index.ts`);
  if (entry === undefined) return;
  const header = /^\/\*\*[\s\S]*?\*\//.exec(entry.text)?.[0] ?? '';
  expect(header.length, 'index.ts begins with a paragraph on what the folder is for').toBeGreaterThan(120);
});

test.each(capabilities)('core/%s has tests beside it', (name) => {
  if (name in partialCapabilities && name === 'blobs') return;
  const tests = files.filter(
    (file) => file.path.startsWith(`core/${name}/`) && /\.test\.ts$/.test(file.path),
  );
  expect(tests.length).toBeGreaterThan(0);
});

test('nothing is called by a name that says nothing', () => {
  const empty = /(?:^|\/)(?:utils?|helpers?|common|misc|shared)(?:\/|\.tsx?$)/;
  expect(files.filter((file) => empty.test(file.path)).map((file) => file.path)).toEqual([]);
});
