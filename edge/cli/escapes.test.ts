import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { completeLength, oneLine, onlyColours, plainText } from './escapes.ts';
import { createTextCleaner } from './text-cleaner.ts';

test('a terminal gets colours and nothing else that a build may send', () => {
  const text =
    '\u001b[31mred\u001b[0m \u001b[2Jcleared \u001b]52;c;ZXZpbA==\u0007clip \u001b]0;title\u001b\\t \u0007bell';
  expect(onlyColours(text)).toBe('\u001b[31mred\u001b[0m cleared clip t bell');
  expect(plainText(text)).toBe('red cleared clip t bell');
});

test('line ends, tabs and other scripts stay', () => {
  expect(plainText('a\tb\r\nü 漢字 🎉\n')).toBe('a\tb\r\nü 漢字 🎉\n');
  expect(oneLine(' a\n  b\u001b[1m\tc ')).toBe('a b c');
});

test('no control character is left whatever comes in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(plainText(text)).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
    }),
  );
});

const piece = fc.oneof(
  fc.constantFrom(
    '\u001b[31m',
    '\u001b[0m',
    '\u001b[1;32m',
    '\u001b]0;title\u0007',
    '\u001b[2K',
    '\n',
    'ü',
    '🎉',
  ),
  fc.string(),
);

test('text in pieces is cleaned as the whole is, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(200)), (words, cuts) => {
      const whole = words.join('');
      const cleaner = createTextCleaner(onlyColours);
      let out = '';
      let from = 0;
      for (const cut of cuts) {
        out += cleaner.push(whole.slice(from, from + cut));
        from += cut;
      }
      out += cleaner.push(whole.slice(from)) + cleaner.end();
      expect(out).toBe(onlyColours(whole));
    }),
  );
});

test('bytes in pieces keep their characters', () => {
  const bytes = new TextEncoder().encode('grün 🎉');
  const cleaner = createTextCleaner(plainText);
  let out = '';
  for (const byte of bytes) out += cleaner.pushBytes(new Uint8Array([byte]));
  expect(out + cleaner.end()).toBe('grün 🎉');
});

test('what is held back is bounded', () => {
  expect(completeLength(`\u001b]0;${'x'.repeat(300)}`)).toBe(304);
});
