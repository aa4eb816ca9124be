/** Regular expressions of the query languages, which are written for RE2, as JavaScript's. */

const longestPattern = 1_000;
const classNames: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** Null when it is none, too long, or has what RE2 refuses: look-around and back references, which make matching slow. */
export function compilePattern(source: string): RegExp | null {
  if (source.length > longestPattern) return null;
  if (/\(\?(?:[=!]|<[=!])|\\[1-9]|\\k</.test(source.replace(/\\\\/g, ''))) return null;
  let flags = 'u';
  let pattern = source.replace(/^\(\?([ims]+)\)/, (_, letters: string) => {
    for (const letter of new Set(letters)) flags += letter;
    return '';
  });
  pattern = pattern
    .replace(/\[:(\w+):\]/g, (whole, name: string) => classNames[name] ?? whole)
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\\(p|P)([A-Z])/g, '\\$1{$2}');
  // RE2 takes an escaped mark of punctuation for itself; JavaScript's unicode mode allows the special ones only.
  pattern = pattern.replace(/\\([!"#%&',:;<=>@`~_ -])/g, (whole, mark: string) =>
    mark === '-' ? '\\-' : mark && whole.slice(1),
  );
  return tryCompile(pattern, flags) ?? tryCompile(pattern, flags.replace('u', ''));
}

function tryCompile(pattern: string, flags: string): RegExp | null {
  try {
    return new RegExp(pattern, flags);
  } catch {
    // The caller tells the query as it was written.
    return null;
  }
}
