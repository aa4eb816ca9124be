/** Unicode's White_Space, which is what the format separates by; JavaScript's `\s` lacks U+0085 and has U+FEFF. */
const separators = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The words between runs of white space; none for a blank text. */
export function splitFields(text: string): readonly string[] {
  return text.split(separators).filter((field) => field !== '');
}

export function indexOfSpace(text: string): number {
  return text.search(separators);
}
