/** The engine against JavaScript's own, on expressions and texts of every kind; and against those that kill a backtracking one. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { firstMatch } from './first-match.ts';
import { createLineScanner, paused } from './line-scanner.ts';
import { compileProgram } from './program.ts';
import { literalExpression, parseExpression } from './syntax.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function matchOf(source: string, ignoreCase: boolean, line: string): string | null {
  const bytes = encode(line);
  const match = firstMatch(compileProgram(parseExpression(source, ignoreCase)), bytes);
  return match === null
    ? null
    : `${match.from}:${new TextDecoder().decode(bytes.subarray(match.from, match.to))}`;
}

function javascript(source: string, ignoreCase: boolean, line: string): string | null {
  const match = new RegExp(source, ignoreCase ? 'iu' : 'u').exec(line);
  return match === null ? null : `${encode(line.slice(0, match.index)).length}:${match[0]}`;
}

const alphabet = ['a', 'b', 'A', 'é', 'É', '日', '😀', ' ', '_', '1', '-', '.', '\t', '\u00a0'];
const atom = fc.constantFrom(
  ...[
    'a',
    'b',
    'B',
    'é',
    '日',
    '😀',
    ' ',
    '1',
    '\\.',
    '.',
    '[ab]',
    '[^a]',
    '[^é-日]',
    '[a-z1-]',
    '\\d',
    '\\D',
  ],
  ...[
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '\\x41',
    '\\u{1f600}',
    '\\u65e5',
    '[\\w.]',
    '[^\\s\\d]',
    '[\u0080-\u{10ffff}]',
  ],
);
const place = fc.constantFrom('^', '$', '\\b', '\\B');
const quantifier = fc.constantFrom(
  '',
  '',
  '',
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '{2}',
  '{1,2}',
  '{0,2}?',
  '{2,}',
);

/** Groups that repeat hold at least one character: of an empty repetition the engines choose differently. */
const { expression } = fc.letrec<{ expression: string; part: string; some: string }>((tie) => ({
  some: fc.oneof(
    { depthSize: 'small' },
    atom,
    fc.tuple(atom, tie('expression')).map(([first, rest]) => `${first}(?:${rest})`),
    fc.tuple(atom, atom, tie('expression')).map(([a, b, rest]) => `${a}|${b}${rest.replaceAll('|', '')}`),
  ),
  part: fc.oneof(
    { depthSize: 'small' },
    { weight: 4, arbitrary: fc.tuple(atom, quantifier).map(([a, q]) => a + q) },
    { weight: 2, arbitrary: fc.tuple(tie('some'), quantifier).map(([a, q]) => `(?:${a})${q}`) },
    { weight: 1, arbitrary: place },
    { weight: 1, arbitrary: tie('expression').map((inner) => `(${inner})`) },
  ),
  expression: fc.oneof(
    { depthSize: 'small' },
    tie('part'),
    fc.array(tie('part'), { maxLength: 3 }).map((parts) => parts.join('')),
    fc.tuple(tie('expression'), tie('expression')).map((options) => options.join('|')),
  ),
}));

const line = fc.array(fc.constantFrom(...alphabet), { maxLength: 12 }).map((parts) => parts.join(''));

test('finds what JavaScript finds, at the same place', () => {
  fc.assert(
    fc.property(expression, fc.boolean(), fc.array(line, { maxLength: 4 }), (source, ignoreCase, lines) => {
      // Long s and the Kelvin sign are the only letters that fold into ASCII; they do not occur here.
      for (const each of lines)
        expect(matchOf(source, ignoreCase, each)).toBe(javascript(source, ignoreCase, each));
    }),
    { numRuns: 1_000 },
  );
});

test('the scanner stops at the lines that match, and at no other', () => {
  fc.assert(
    fc.property(expression, fc.boolean(), fc.array(line, { maxLength: 12 }), (source, ignoreCase, lines) => {
      const program = compileProgram(parseExpression(source, ignoreCase));
      const scanner = createLineScanner(program);
      const text = encode(lines.map((each) => `${each}\n`).join(''));
      const found: number[] = [];
      for (let from = 0; from < text.length; ) {
        const hit = scanner.next(text, from);
        if (hit < 0) break;
        found.push(text.subarray(0, hit).filter((byte) => byte === 10).length);
        from = text.indexOf(10, hit) + 1;
      }
      expect(found).toEqual(
        lines.flatMap((each, index) => (firstMatch(program, encode(each)) === null ? [] : [index])),
      );
    }),
    { numRuns: 500 },
  );
});

describe('expressions that run away elsewhere', () => {
  const long = `${'a'.repeat(16_000)}!`;
  for (const source of [
    '(a+)+$',
    '(a|aa)+$',
    '(.*a){12}b',
    'a*a*a*a*a*a*b',
    '(?:a?){30}a{30}b',
    '([a-z]+)*=$',
  ]) {
    test(source, () => {
      const program = compileProgram(parseExpression(source, false));
      const started = performance.now();
      expect(createLineScanner(program).next(encode(`${long}\n`), 0)).toBe(-1);
      expect(firstMatch(program, encode(long))).toBeNull();
      expect(performance.now() - started).toBeLessThan(2_000);
    });
  }

  test('an expression with more states than are kept is still right', () => {
    const source = 'a.{12}b$';
    const scanner = createLineScanner(compileProgram(parseExpression(source, false)));
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 16;
    };
    const lines = Array.from({ length: 400 }, () =>
      Array.from({ length: 60 }, () => (random() % 2 === 0 ? 'a' : 'b')).join(''),
    );
    for (const each of lines) {
      expect(scanner.next(encode(`${each}\n`), 0) >= 0).toBe(new RegExp(source).test(each));
    }
  });
});

test('a scan that costs much pauses, goes on, and finds the same', () => {
  const program = compileProgram(parseExpression('a.{61}c', false));
  const scanner = createLineScanner(program);
  let state = 7;
  const letters = Array.from({ length: 20_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24 === 0 ? '\n' : 'ab'.charAt(state >>> 31);
  });
  const text = encode(`${letters.join('')}\n${'ab'.repeat(31)}c\nend\n`);
  let pauses = 0;
  let hit = scanner.next(text, 0);
  for (let at = 0; hit === paused; hit = scanner.next(text, 0), pauses++) {
    expect(scanner.pausedAt).toBeGreaterThan(at);
    at = scanner.pausedAt;
  }
  expect(pauses).toBeGreaterThan(3);
  expect(text.indexOf(10, hit)).toBe(text.length - 5);
});

test('what can not be matched in one pass is refused with a reason', () => {
  const refused: Record<string, string> = {
    '(a)\\1': 'references to groups',
    '(?<x>a)\\k<x>': 'references to groups',
    'a(?=b)': 'lookahead and lookbehind',
    '(?<!a)b': 'lookahead and lookbehind',
    '(?i)a': '"(?i" is not known',
    '(a': 'is not closed',
    'a)': 'has no "("',
    '[a': 'is not closed',
    '*a': 'nothing to repeat',
    'a**': 'can not be repeated',
    'a{2}{3}': 'can not be repeated',
    'a{3,2}': 'wrong order',
    'a{1001}': 'at most 1000',
    '(a{1000}){1000}': 'too large',
    '[z-a]': 'wrong order',
    '[\\d-z]': 'from one character to another',
    '\\p{L}': '"\\p" is not known',
    'a\\': 'ends in a backslash',
    '\\x4': 'hexadecimal',
    '\\u{110000}': 'hexadecimal',
    '^*': 'matches no character',
    [`${'('.repeat(101)}a${')'.repeat(101)}`]: 'nested',
  };
  for (const [source, problem] of Object.entries(refused)) {
    const parse = () => compileProgram(parseExpression(source, false));
    expect(parse).toThrow(problem);
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid_input', details: { field: 'query' } }));
  }
});

test('braces and brackets that mean nothing are characters', () => {
  expect(matchOf('a{', false, 'xa{')).toBe('1:a{');
  expect(matchOf('map]', false, 'map]')).toBe('0:map]');
  expect(matchOf('{,2}', false, '{,2}')).toBe('0:{,2}');
});

test('whatever is typed, it is an expression or refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        expression.map((e) => e.slice(1)),
      ),
      fc.boolean(),
      (source, fold) => {
        try {
          compileProgram(parseExpression(source, fold));
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_input' });
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a text is found as it is, in both cases when asked', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 4 }), line, (query, each) => {
      if (/[\n\r]/.test(query)) return;
      const program = compileProgram(literalExpression(query, false));
      const match = firstMatch(program, encode(each));
      expect(match?.from ?? -1).toBe(Buffer.from(each).indexOf(query));
    }),
  );
  const folded = compileProgram(literalExpression('Éa', true));
  expect(firstMatch(folded, encode('xéA'))).toEqual({ from: 1, to: 4 });
});
