import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { readJson } from './json-text.ts';

function faultOf(text: string) {
  const read = readJson(text);
  if (!('fault' in read)) throw new Error('it was read');
  return read.fault;
}

describe('a fault has its place and its cure', () => {
  test.each([
    ['{\n  "steps": ["a"],\n}', 2, 17, 'comma after the last', 'Remove that comma'],
    ['[1, 2,]', 1, 6, 'comma after the last', 'Remove that comma'],
    ["{'steps': []}", 1, 2, 'single quote', 'double quotes'],
    ['{\n  // why\n  "steps": []\n}', 2, 3, 'comment', 'no comments'],
    ['{"a": 1 "b": 2}', 1, 9, 'a comma or "}"', 'comma'],
    ['{"a" 1}', 1, 6, 'a colon', 'a colon'],
    ['{"a": 1', 1, 8, 'ends where', 'close'],
    ['', 1, 1, 'ends where a value', 'close'],
    ['{"a": yes}', 1, 7, '"y" where a value', 'value'],
    ['{a: 1}', 1, 2, 'field name in double quotes', 'double quotes'],
    ['{"a": 1}\nx', 2, 1, 'after the end', 'Remove'],
    ['["a\nb"]', 1, 2, 'not closed on its line', '\\n'],
    ['["C:\\dir"]', 1, 2, 'backslash', '\\\\'],
    ['{"a": 1,\n "b": 2,\n "a": 3}', 3, 2, '"a" is there twice', 'Keep one'],
    ['[01]', 1, 3, 'a comma or "]"', 'comma'],
  ])('%j', (text, line, column, problem, fix) => {
    const fault = faultOf(text);
    expect([fault.line, fault.column]).toEqual([line, column]);
    expect(fault.problem).toContain(problem);
    expect(fault.fix).toContain(fix);
  });

  test('nesting is read to 64 and refused past it', () => {
    expect(readJson('['.repeat(64) + ']'.repeat(64))).toHaveProperty('value');
    expect(faultOf('['.repeat(66)).problem).toContain('nested deeper');
    expect(faultOf('['.repeat(1_000_000)).problem).toContain('nested deeper');
  });
});

test('a byte order mark is passed over', () => {
  expect(readJson('\ufeff{"a":1}')).toEqual({ value: { a: 1 } });
});

test('__proto__ is a field like any other and changes no prototype', () => {
  const read = readJson('{"__proto__": {"a": 1}}');
  expect(read).toHaveProperty('value');
  expect('value' in read && Object.getPrototypeOf(read.value)).toBe(Object.prototype);
});

test('reads what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat({ max: 3 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(readJson(text)).toEqual({ value: JSON.parse(text) });
    }),
  );
});

test('accepts and refuses the same texts as JSON.parse', () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '1',
    '-',
    '0',
    '.5',
    'e1',
    'true',
    'nul',
    ' ',
    '\n',
    '"',
    '\\',
  );
  fc.assert(
    fc.property(
      fc.array(token, { maxLength: 9 }).map((tokens) => tokens.join('')),
      (text) => {
        const read = readJson(text);
        if ('fault' in read && read.fault.problem.includes('twice')) return;
        expect('value' in read).toBe(parses(text));
      },
    ),
    { numRuns: 2_000 },
  );
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
