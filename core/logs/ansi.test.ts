import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { naiveStrip } from '../../test/fakes/naive-log.ts';
import { type AnsiSpan, plainLine, plainStyle, stripEscapes, styledLine } from './ansi.ts';

/** Spans as `text{changes}`, short enough to read. */
function shown(spans: readonly AnsiSpan[]): string {
  return spans
    .map(({ text, style }) => {
      const changes = Object.entries(style).filter(([, value]) => value !== false && value !== null);
      const names = changes.map(([name, value]) => (value === true ? name : `${name}=${colourText(value)}`));
      return `${text}{${names.join(' ')}}`;
    })
    .join('');
}

function colourText(colour: NonNullable<AnsiSpan['style']['foreground']> | boolean): string {
  if (typeof colour === 'boolean') return String(colour);
  return colour.kind === 'palette' ? String(colour.index) : `${colour.red},${colour.green},${colour.blue}`;
}

describe('colours', () => {
  const cases: readonly (readonly [line: string, spans: string])[] = [
    ['plain', 'plain{}'],
    ['\u001b[31mred\u001b[0m not', 'red{foreground=1} not{}'],
    ['\u001b[1;4;7;91;102mall\u001b[m', 'all{bold underline inverse foreground=9 background=10}'],
    ['\u001b[38;5;208mx\u001b[48;2;1;2;3my', 'x{foreground=208}y{foreground=208 background=1,2,3}'],
    ['\u001b[38:2::10:20:30mx\u001b[38:5:7my\u001b[39mz', 'x{foreground=10,20,30}y{foreground=7}z{}'],
    ['\u001b[38;5;208;1mx', 'x{bold foreground=208}'],
    ['\u001b[38;2;1;2;3;4mx', 'x{underline foreground=1,2,3}'],
    [
      '\u001b[1mb\u001b[22mn\u001b[2md\u001b[3mi\u001b[9ms',
      'b{bold}n{}d{dim}i{dim italic}s{dim italic strike}',
    ],
    ['\u001b[4mu\u001b[4:0mn', 'u{underline}n{}'],
    ['\u001b[38;5;999mx\u001b[38mx\u001b[1000mx\u001b[48;7;1mx', 'xxx{}x{bold}'],
    ['\u001b[31ma\u001b[31mb', 'ab{foreground=1}'],
    ['\u001b[8mnot hidden', 'not hidden{}'],
  ];
  for (const [line, spans] of cases) {
    test(JSON.stringify(line), () => expect(shown(styledLine(line).spans)).toBe(spans));
  }

  test('go on in the next line', () => {
    const first = styledLine('\u001b[32mgreen');
    expect(shown(styledLine('still', first.end).spans)).toBe('still{foreground=2}');
    expect(shown(styledLine('on \u001b[0moff', first.end).spans)).toBe('on {foreground=2}off{}');
  });
});

describe('what a terminal would show', () => {
  const cases: readonly (readonly [line: string, text: string])[] = [
    ['10 %\r50 %\rdone', 'done'],
    ['downloading\rok', 'okwnloading'],
    ['downloading\r\u001b[Kok', 'ok'],
    ['abc\r', 'abc'],
    ['abc\b\bX', 'aXc'],
    ['_\ba_\bb', 'ab'],
    ['\b\bx', 'x'],
    ['abc\u001b[2K\rdone', 'done'],
    ['abcdef\u001b[3D\u001b[K!', 'abc!'],
    ['abcdef\u001b[2G\u001b[1Kx', ' xcdef'],
    ['a\u001b[3Cb', 'a   b'],
    ['a\u001b[5Gb', 'a   b'],
    ['tab\there', 'tab\there'],
    ['bell\u0007 nul\0 del\u007f c1\u009b31m', 'bell nul del c131m'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;https://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b]52;c;never ended', '52;c;never ended'],
    ['\u001bPdevice\u001b\\text\u001b_app\u001b\\', 'text'],
    ['\u001b(Btext\u001b=\u001bc', 'text'],
    ['\u001b[?25ltext\u001b[?25h', 'text'],
    ['\u001b[31', ''],
    ['\u001b[3日', '日'],
    ['\u001b', ''],
    ['😀\b\b日', '日'],
  ];
  for (const [line, text] of cases) test(JSON.stringify(line), () => expect(plainLine(line)).toBe(text));
});

const unit = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom(
    '\u001b',
    '[',
    ']',
    'm',
    'K',
    'C',
    'G',
    ';',
    ':',
    '\r',
    '\b',
    '\u0007',
    '\\',
    'P',
    '38',
    '5',
    '2',
    'ab',
    '9999999999',
  ),
);
const hostileLine = fc.array(unit, { maxLength: 40 }).map((units) => units.join('').replaceAll('\n', ' '));

test('no control gets through, and without overwriting nothing printable is lost', () => {
  fc.assert(
    fc.property(hostileLine, (line) => {
      const { spans } = styledLine(line);
      const text = spans.map((span) => span.text).join('');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what must not be there
      expect(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(text)).toBe(false);
      for (const [index, span] of spans.entries()) {
        expect(span.text).not.toBe('');
        expect(Bun.deepEquals(span.style, spans[index + 1]?.style)).toBe(false);
      }
      expect(plainLine(line)).toBe(text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these move the cursor
      if (/[\r\b]|\u001b\[[^m]*[KCDG]/.test(line)) return;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are not printable
      expect(text).toBe(naiveStrip(line).replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, ''));
    }),
    { numRuns: 3_000 },
  );
});

test('sequences are found where a regular expression of the standard finds them', () => {
  fc.assert(
    fc.property(hostileLine, (line) => expect(stripEscapes(line)).toBe(naiveStrip(line))),
    { numRuns: 3_000 },
  );
});

test('a line is never wider than its text and a bounded move', () => {
  expect(plainLine(`${'\u001b[9999C'.repeat(5_000)}x`).length).toBe(1_025);
  expect(plainLine('\u001b[999999999999999999Gx').length).toBe(1_025);
});

describe('lines made to cost time', () => {
  const half = 'x'.repeat(500_000);
  const lines: Record<string, string> = {
    'erased again and again': half + '\u001b[2Kx'.repeat(100_000),
    'erased to the left': half + '\u001b[1K'.repeat(100_000),
    'returns and erasures': half + '\r\u001b[K\u001b[1024Gx'.repeat(50_000),
    'strings that never end': '\u001b]'.repeat(500_000),
    'a long unfinished sequence': `\u001b[${'1;'.repeat(500_000)}`,
    'many colours': '\u001b[31mx\u001b[32my'.repeat(50_000),
    'long parameters': `\u001b[${'9'.repeat(1_000_000)}C`,
  };
  for (const [name, line] of Object.entries(lines)) {
    test(name, () => {
      const started = performance.now();
      styledLine(line);
      stripEscapes(line);
      expect(performance.now() - started).toBeLessThan(3_000);
    });
  }
});

test('the plain style has nothing in it', () => {
  expect(shown([{ text: 'x', style: plainStyle }])).toBe('x{}');
});
