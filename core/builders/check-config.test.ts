import { expect, test } from 'bun:test';
import { checkConfig, checkConfigText, problemText } from './check-config.ts';
import { farmSchema, repositorySchema } from './published-schema.ts';

test('a file that can be used has no problems', () => {
  expect(checkConfigText('repository', '{ "steps": ["make test"] }')).toEqual([]);
  expect(checkConfigText('farm', '{ "repositories": [] }')).toEqual([]);
  expect(checkConfig('farm', { repositories: [] })).toEqual([]);
});

test('a fault of the JSON itself is told by line and column', () => {
  expect(checkConfigText('repository', '{\n  "steps": ["a"],\n}')).toEqual([
    {
      path: 'line 2, column 17',
      problem: 'It is not valid JSON: there is a comma after the last item',
      fix: 'Remove that comma',
    },
  ]);
});

test('croft.json may have 256 KiB and not a byte more', () => {
  const padded = (bytes: number) => '{}'.padEnd(bytes, ' ');
  expect(checkConfigText('repository', padded(256 * 1024))).toEqual([]);
  expect(checkConfigText('repository', padded(256 * 1024 + 1))[0]?.problem).toBe('It is larger than 256 KiB');
  // Bytes count, not characters.
  const twoByteLetters = `{"steps":["${'é'.repeat(130 * 1024)}"]}`;
  expect(checkConfigText('repository', twoByteLetters)[0]?.problem).toContain('larger');
});

test('a problem is one line', () => {
  const [problem] = checkConfigText('repository', '{ "stps": [] }');
  expect(problem && problemText(problem)).toBe('stps: There is no field "stps" here. Did you mean "steps"?');
});

test('the published schemas are plain JSON Schema, with words and examples for every field', () => {
  for (const schema of [farmSchema, repositorySchema]) {
    expect(schema).toEqual(JSON.parse(JSON.stringify(schema)));
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    for (const [path, field] of fieldsOf(schema, '')) {
      expect([path, typeof field['description']]).toEqual([path, 'string']);
      expect([path, Array.isArray(field['examples'])]).toEqual([path, true]);
    }
  }
});

test('every example of the published schemas would be taken', () => {
  for (const [path, field] of fieldsOf(repositorySchema, '')) {
    if (path.includes('.')) continue;
    for (const example of examplesOf(field)) {
      expect(checkConfig('repository', { [path]: example })).toEqual([]);
    }
  }
  for (const example of examplesOf(repositorySchema)) expect(checkConfig('repository', example)).toEqual([]);
});

function examplesOf(field: Record<string, unknown>): readonly unknown[] {
  return Array.isArray(field['examples']) ? field['examples'] : [];
}

/** Every named field, however deep, with its schema. */
function* fieldsOf(schema: unknown, path: string): Iterable<[string, Record<string, unknown>]> {
  if (!isObject(schema)) return;
  for (const [name, field] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {})) {
    if (!isObject(field)) continue;
    const place = path === '' ? name : `${path}.${name}`;
    yield [place, field];
    yield* fieldsOf(field, place);
    yield* fieldsOf(field['items'], place);
    for (const section of Object.values(
      isObject(field['patternProperties']) ? field['patternProperties'] : {},
    )) {
      yield* fieldsOf(section, place);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
