/** Every import arrow is one of DESIGN.md's table. */
import { expect, test } from 'bun:test';
import { exceptions, joiningFiles, layerOf, publicFilesOfCapability } from './rules.ts';
import {
  existsInProject,
  isCompositionRoot,
  isTest,
  readSourceFiles,
  type SourceFile,
} from './source-files.ts';

const files = readSourceFiles();
const product = files.filter((file) => !isTest(file.path) && !isCompositionRoot(file.path));

function isExcepted(from: string, to: string): boolean {
  return exceptions.some((exception) => exception.from === from && exception.to === to);
}

function wrongImports(file: SourceFile): readonly string[] {
  const layer = layerOf(file.path);
  if (layer === undefined) return [`${file.path}: it belongs to no layer of test/architecture/rules.ts`];
  return file.imports.flatMap((one) => {
    const allowed = one.file === null ? layer.packages.test(one.specifier) : layer.mayImport.test(one.file);
    if (allowed || isExcepted(file.path, one.file ?? one.specifier)) return [];
    return [
      `${file.path}:${one.line} imports ${one.file ?? one.specifier}, but ${layer.name}: ${layer.reason}`,
    ];
  });
}

test('the scan sees the project', () => {
  expect(product.length).toBeGreaterThan(50);
  expect(product.flatMap((file) => file.imports).length).toBeGreaterThan(100);
});

test('every import is allowed by the table', () => {
  expect(product.flatMap(wrongImports)).toEqual([]);
});

/** A test's own program, a process of its own, may be the product's program on a disk that breaks. */
const isProgramOfTest = (path: string) => /^test\/.*-main\.ts$/.test(path);

test('a composition root is imported by nothing, and a test file by no product file', () => {
  const others = files.filter(({ path }) => !isProgramOfTest(path));
  const wrong = others.flatMap((file) =>
    file.imports
      .filter((one) => one.file !== null)
      .filter((one) => isCompositionRoot(one.file ?? '') || (isTest(one.file ?? '') && !isTest(file.path)))
      .map((one) => `${file.path}:${one.line} imports ${one.file}`),
  );
  expect(wrong).toEqual([]);
});

test('an import of the project names its file with the ending', () => {
  const wrong = files.flatMap((file) =>
    file.imports
      .filter((one) => one.file !== null && (!/\.\w+$/.test(one.file) || !existsInProject(one.file)))
      .map((one) => `${file.path}:${one.line} imports ${one.specifier}`),
  );
  expect(wrong).toEqual([]);
});

test('capabilities of core know each other by their public files only', () => {
  const capability = (path: string) => /^core\/([^/]+)\//.exec(path)?.[1];
  const wrong = product.flatMap((file) =>
    file.imports
      .filter((one) => capability(one.file ?? '') !== undefined && capability(file.path) !== undefined)
      .filter((one) => capability(one.file ?? '') !== capability(file.path))
      .filter((one) => !publicFilesOfCapability.test(one.file ?? ''))
      .map(
        (one) =>
          `${file.path}:${one.line} imports ${one.file}; use the index.ts, types.ts or ports.ts beside it`,
      ),
  );
  expect(wrong).toEqual([]);
});

/** `core/builds/attempt.ts` is in `core/builds`; a file beside the folders, like `core/coordinator.ts`, stands for itself. */
function folderOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

function folderGraph(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const graph = new Map<string, Map<string, string>>();
  for (const file of product.filter((one) => !(one.path in joiningFiles))) {
    const from = folderOf(file.path);
    const arrows = graph.get(from) ?? new Map<string, string>();
    graph.set(from, arrows);
    for (const one of file.imports) {
      if (one.file === null || folderOf(one.file) === from || isExcepted(file.path, one.file)) continue;
      arrows.set(folderOf(one.file), `${file.path}:${one.line} → ${one.file}`);
    }
  }
  return graph;
}

/** A path from the folder back to itself, as the imports that make it; null without one. */
function cycleFrom(start: string, graph: ReturnType<typeof folderGraph>): readonly string[] | null {
  const seen = new Set<string>();
  function search(folder: string, path: readonly string[]): readonly string[] | null {
    for (const [next, example] of graph.get(folder) ?? []) {
      if (next === start) return [...path, example];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = search(next, [...path, example]);
      if (found !== null) return found;
    }
    return null;
  }
  return search(start, []);
}

test('no two folders need each other', () => {
  const graph = folderGraph();
  const cycles = new Map<string, readonly string[]>();
  for (const folder of graph.keys()) {
    const cycle = cycleFrom(folder, graph);
    if (cycle !== null) cycles.set([...cycle].sort().join(), cycle);
  }
  expect([...cycles.values()]).toEqual([]);
});
