const escapes =
  /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[\s\S]?)/g;
const simple: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** What stands between double quotes, by the escapes of Go's strings; null when one is wrong or a line ends inside. */
export function unquote(text: string): string | null {
  if (text.includes('\n')) return null;
  let wrong = false;
  const plain = text.replace(escapes, (whole, letter, hex, octal, short, long) => {
    if (letter !== undefined) return simple[letter] ?? '';
    const code = Number.parseInt(hex ?? octal ?? short ?? long ?? '', octal === undefined ? 16 : 8);
    const tooLarge = octal === undefined ? code > 0x10ffff : code > 255;
    if (Number.isNaN(code) || tooLarge || whole.length === 1) {
      wrong = true;
      return '';
    }
    return String.fromCodePoint(code);
  });
  return wrong ? null : plain;
}
