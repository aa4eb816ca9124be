import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseGoFloat, parseGoInteger } from './go-numbers.ts';
import { fixedText, shortestText, signedText } from './number-text.ts';

test.each([
  [1e20, '1e+20'],
  [123456789, '1.23456789e+08'],
  [1e6, '1e+06'],
  [999999.5, '999999.5'],
  [1e-4, '0.0001'],
  [1e-5, '1e-05'],
  [-0, '-0'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [9.120000000000001e-7, '9.120000000000001e-07'],
])('%p is printed as %s', (value, text) => {
  expect(shortestText(value)).toBe(text);
});

test('fixed digits round ties to even', () => {
  expect([0.5, 1.5, 2.5].map((value) => fixedText(value, 0))).toEqual(['0', '2', '2']);
  expect(fixedText(0.125, 2)).toBe('0.12');
  expect(fixedText(1e30, 0)).toBe('1000000000000000019884624838656');
  expect([0, -0.0001, Number.NaN, Number.NEGATIVE_INFINITY].map((value) => signedText(value, 2))).toEqual([
    '+0.00',
    '-0.00',
    '+NaN',
    '-Inf',
  ]);
});

test('the shortest text reads back', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const parsed = parseGoFloat(shortestText(value));
      expect(parsed.problem === undefined ? parsed.value : null).toBe(value);
    }),
  );
});

test.each([
  ['0x1p-2', 0.25],
  ['0x.8p1', 1],
  ['-0X1_0p0', -16],
  ['0x1p-1074', 5e-324],
  ['0x1.00000000000008p0', 1],
  ['0x1.000000000000081p0', 1.0000000000000002],
  ['1_23.50_0_0e+1_2', 1.235e14],
  ['+Infinity', Number.POSITIVE_INFINITY],
  ['nan', Number.NaN],
  ['123_.5', null],
  ['_1', null],
  ['+nan', null],
  ['0x1', null],
  ['.', null],
  ['1e400', null],
  ['0x1p1024', null],
])('%s is %p', (text, value) => {
  const parsed = parseGoFloat(text);
  expect(parsed.problem === undefined ? parsed.value : null).toBe(value);
});

test('integers beyond 2^53 keep their digits', () => {
  expect(parseGoInteger('9223372036854775807')).toEqual({ value: 9223372036854775807n });
  expect(parseGoInteger('+12')).toEqual({ value: 12 });
  expect(parseGoInteger('1_0')).toEqual({ problem: 'invalid syntax' });
});
