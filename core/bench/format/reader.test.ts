import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { BenchResult, BenchSyntaxError } from '../types.ts';
import { decodeBytes, encodeText } from './byte-text.ts';
import { createFastLines } from './fast-line.ts';
import { parseLine } from './line.ts';
import { createBenchReader, longestLineBytes } from './reader.ts';
import { createBenchWriter } from './writer.ts';

function read(...pieces: readonly (string | Uint8Array)[]) {
  const results: BenchResult[] = [];
  const errors: BenchSyntaxError[] = [];
  const reader = createBenchReader({
    result: (result) => results.push(result),
    syntaxError: (error) => errors.push(error),
  });
  reader.begin('a.txt', { '.file': 'a.txt' });
  for (const piece of pieces) reader.push(typeof piece === 'string' ? encodeText(piece) : piece);
  reader.end();
  return { reader, results, errors };
}

function rewrite(results: readonly BenchResult[]): string {
  const writer = createBenchWriter();
  return results.map((result) => writer.result(result)).join('');
}

test('a line that begins with Benchmark never becomes configuration', () => {
  expect(read('Benchmark: x\nBenchmarkA 1 2 ns/op\n').results[0]?.config.entries).toEqual([
    { key: '.file', value: 'a.txt', origin: 'internal' },
  ]);
});

test.each([
  ['BenchmarkA\n', []],
  ['BenchmarkA \n', ['missing iteration count']],
  ['BenchmarkA x\n', ['parsing iteration count: invalid syntax']],
  ['BenchmarkA 9223372036854775808 1 a\n', ['parsing iteration count: value out of range']],
  ['BenchmarkA 1\n', ['missing measurements']],
  ['BenchmarkA 1 x a\n', ['parsing measurement: invalid syntax']],
  ['BenchmarkA 1 1e999 a\n', ['parsing measurement: value out of range']],
  ['BenchmarkA 1 2\n', ['missing units']],
  ['BenchmarkA 1 2 a 3\n', ['missing units']],
  ['Unit\n', ['missing unit']],
  ['Unit ns/op =x better\n', ['expected key=value', 'expected key=value']],
  ['Unit ns/op better=lower better=higher\n', ['metadata better of unit ns/op already set to lower']],
])('%j gives %j', (text, messages) => {
  const { errors } = read(`x\n${text}`);
  expect(errors).toEqual(messages.map((message) => ({ file: 'a.txt', line: 2, message })));
});

test('one bad pair rejects its line only, and configuration follows the rules of keys and blanks', () => {
  const text =
    'a: 1\nB: 2\nc:3\nd e: 4\nf:\t 5 \nBenchmarkA 1 2 u x y\nBenchmarkB 1 2 u\na:\nBenchmarkC 1 2 u';
  const { results, errors } = read(text);
  expect(errors).toHaveLength(1);
  expect(results.map((result) => [result.name.full, result.config.get('a'), result.config.get('f')])).toEqual(
    [
      ['B', '1', '5 '],
      ['C', '', '5 '],
    ],
  );
  expect(results[0]?.config.entries.map((entry) => entry.key)).toEqual(['.file', 'a', 'f']);
});

test('any white space of Unicode separates, and a carriage return before the line end is dropped', () => {
  const { results } = read('k: v\r\nBenchmarkA\u2003\u00857\u00a01.5\u3000sec\r\n');
  expect(results[0]).toMatchObject({ iterations: 7, values: [1.5] });
  expect(results[0]?.config.get('k')).toBe('v');
});

test('units are tidied, zero too, and keep how they were written', () => {
  const { results } = read('BenchmarkA 1 0 ns/op 2 net-MB/s 3 req/ns\n');
  expect(results[0]?.units.map((unit) => [unit.written, unit.tidy, unit.factor])).toEqual([
    ['ns/op', 'sec/op', 1e-9],
    ['net-MB/s', 'net-B/s', 1e6],
    ['req/ns', 'req/ns', 1],
  ]);
});

test('Unit lines outlive their file, configuration does not', () => {
  const { reader, results } = read('k: v\nUnit ns/op better=higher\nBenchmarkA 1 2 ns/op\n');
  reader.begin('b.txt');
  reader.push(encodeText('BenchmarkA 1 2 ns/op\n'));
  expect(results.map((result) => result.config.get('k'))).toEqual(['v', '']);
  expect(reader.units.direction('sec/op')).toBe(1);
});

test('a line without end is bounded and told, and reading goes on', () => {
  const piece = new Uint8Array(longestLineBytes / 4).fill(97);
  const { results, errors } = read(piece, piece, piece, piece, piece, '\nBenchmarkA 1 2 u\n');
  expect(errors.map((error) => [error.line, error.message])).toEqual([
    [1, `line is longer than ${longestLineBytes} bytes`],
  ]);
  expect(results).toHaveLength(1);
});

test('bytes that are no text survive reading and writing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(encodeText(decodeBytes(bytes))).toEqual(bytes);
    }),
  );
});

const word = fc.oneof(
  fc.constantFrom('ns/op', 'B/op', 'Sort/n=5-8', '1', '-0.5', '1e3', '0x1p4', 'NaN', '+7', '1_0', '.5', '5.'),
  fc.string({ maxLength: 6 }),
  fc.double().map(String),
  fc.integer().map(String),
);
const line = fc.oneof(
  fc
    .tuple(fc.array(word, { maxLength: 7 }), fc.constantFrom(' ', '\t', '  ', '\u2003'))
    .map(([words, gap]) => `Benchmark${words.join(gap)}`),
  fc.tuple(fc.constantFrom('a', 'b', 'c', 'Unit x '), word).map(([key, value]) => `${key}: ${value}`),
  fc.constantFrom('a:', 'b:', 'PASS', '', 'Unit x better=lower', '\r'),
);
const file = fc.array(line, { maxLength: 20 }).map((lines) => lines.join('\n'));

test('the fast path gives what the rules give, or nothing', () => {
  const fast = createFastLines();
  fc.assert(
    fc.property(line, (text) => {
      const oneLine = text.replaceAll('\n', ' ');
      if (!oneLine.startsWith('Benchmark')) return;
      const quick = fast.read(encodeText(`${oneLine}\n`), 'Benchmark'.length);
      if (quick === null) return;
      const slow = parseLine(oneLine.replace(/\r$/, ''));
      expect(slow).toMatchObject({
        kind: 'result',
        name: quick.name.full,
        iterations: quick.iterations,
        values: quick.values,
        units: quick.units.map((unit) => unit.written),
      });
    }),
    { numRuns: 2_000 },
  );
});

test('the cut of the pieces does not matter', () => {
  fc.assert(
    fc.property(file, fc.array(fc.nat(200), { maxLength: 5 }), (text, cuts) => {
      const bytes = encodeText(text);
      const places = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
        bytes.length,
      ];
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      const whole = read(bytes);
      const cut = read(...pieces);
      expect(rewrite(cut.results)).toBe(rewrite(whole.results));
      expect(cut.errors).toEqual(whole.errors);
    }),
  );
});

test('what is written reads back as the same results', () => {
  fc.assert(
    fc.property(file, (text) => {
      const first = rewrite(read(text).results);
      const again = read(first);
      expect(again.errors).toEqual([]);
      expect(rewrite(again.results)).toBe(first);
    }),
  );
});
