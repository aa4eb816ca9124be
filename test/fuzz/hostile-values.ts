/** Values and texts that have broken programs before. */
import type { Chance } from './random.ts';

export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  'true',
  '.',
  '..',
  '../../etc/passwd',
  '/etc/passwd',
  'C:\\Windows',
  '\u0000',
  'a\u0000b',
  'a\nb\r\nc',
  '\u001b[31mred\u001b[0m\u0007',
  '\u001b]0;title\u0007',
  '--upload-pack=touch /tmp/owned',
  '-oProxyCommand=touch /tmp/owned',
  'ext::sh -c "touch /tmp/owned"',
  '$(touch /tmp/owned)',
  '`touch /tmp/owned`',
  '; touch /tmp/owned;',
  "' or 1=1 --",
  '"><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '{{constructor.constructor("alert(1)")()}}',
  '%s%n%x',
  '%2e%2e%2f',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  '\u202eright to left',
  '\ufeffmark',
  '\ud800',
  '\udc00\ud800',
  '🧨'.repeat(20),
  'e\u0301'.repeat(50),
  'a'.repeat(300),
  'a'.repeat(5_000),
];

export function hostileText(chance: Chance): string {
  if (!chance.onceIn(4)) return chance.pick(hostileTexts);
  const length = chance.below(40);
  let text = '';
  for (let at = 0; at < length; at++)
    text += String.fromCharCode(chance.below(chance.onceIn(2) ? 128 : 65_536));
  return text;
}

const hostileNumbers: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  8.64e15,
  8.64e15 + 1,
  1e21,
  1e308,
  -1e308,
  5e-324,
];

export function hostileNumber(chance: Chance): number {
  return chance.onceIn(3) ? chance.uint32() - 2 ** 31 : chance.pick(hostileNumbers);
}

/** Any JSON at all. */
export function hostileJson(chance: Chance, depth = 0): unknown {
  switch (chance.below(depth > 3 ? 5 : 8)) {
    case 0:
      return null;
    case 1:
      return chance.onceIn(2);
    case 2:
      return hostileNumber(chance);
    case 3:
    case 4:
      return hostileText(chance);
    case 5:
      return Array.from({ length: chance.below(5) }, () => hostileJson(chance, depth + 1));
    case 6:
      return nested(chance);
    default:
      return Object.fromEntries(
        Array.from({ length: chance.below(5) }, () => [hostileText(chance), hostileJson(chance, depth + 1)]),
      );
  }
}

/** Deeper than most parsers that call themselves like; past the depth of `JSON.stringify` it has to be text. */
function nested(chance: Chance): unknown {
  let value: unknown = hostileText(chance);
  const depth = chance.below(chance.onceIn(10) ? 2_000 : 20);
  for (let level = 0; level < depth; level++) value = chance.onceIn(2) ? [value] : { '': value };
  return value;
}
