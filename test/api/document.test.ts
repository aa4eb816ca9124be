import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiUnderTest, startApi } from './harness.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly parameters?: readonly {
    readonly name: string;
    readonly schema: Readonly<Record<string, unknown>>;
  }[];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

let api: ApiUnderTest;
let document: Document;
beforeAll(async () => {
  api = await startApi();
  document = (await (await api.send('GET', '/openapi.json')).json()) as Document;
});
afterAll(() => api.stop());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

test('every route is in it, with an id of its own, a summary, a tag and what may go wrong', () => {
  const hidden = ['/openapi.json', '/schema/farm.json', '/schema/croft.json'];
  const routes = api.app.routes
    .filter(({ path }) => !hidden.includes(path))
    .map(({ method, path }) => `${method} ${path.replace(/:([^/]+)/g, '{$1}')}`);
  expect(
    operations()
      .map(({ path, method }) => `${method.toUpperCase()} ${path}`)
      .sort(),
  ).toEqual(routes.sort());
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations()) {
    expect([path, operation.summary !== undefined, operation.tags?.length]).toEqual([path, true, 1]);
    expect([path, 'default' in operation.responses]).toEqual([path, true]);
    expect([path, Object.keys(operation.responses).some((status) => status.startsWith('2'))]).toEqual([
      path,
      true,
    ]);
  }
});

test('every reference leads somewhere, and no shape is written twice', () => {
  const text = JSON.stringify(document);
  const names = [...text.matchAll(/"#\/components\/schemas\/([A-Za-z]+)"/g)].map(([, name]) => name ?? '');
  for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
  expect(names).toContain('Build');
  expect(text.match(/"cancelRequestedBy":\{/g)?.length).toBe(2);
});

test('numbers of a query are numbers', () => {
  const limits = operations().flatMap(
    ({ operation }) => operation.parameters?.filter(({ name }) => name === 'limit') ?? [],
  );
  expect(limits.length).toBeGreaterThan(3);
  for (const { schema } of limits) expect(schema['type']).toBe('integer');
});

/** A change of the API is a change of this file, for a reviewer to see. `CROFT_UPDATE_GOLDEN=1` writes it anew. */
test('it is as the golden copy says', () => {
  const file = join(import.meta.dir, 'openapi.golden');
  const text = `${JSON.stringify(document, null, 1)}\n`;
  if (process.env['CROFT_UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
});
