/** What a person may write for a commit. */

const maxLength = 256;

/**
 * Null for a branch, tag or hash that git may be asked for, else what is wrong with it. Only plain names are: no ranges, no
 * `@{…}`, no `~2`, nothing that begins like an option (the rules of `git check-ref-format`).
 */
export function revisionProblem(revision: string): string | null {
  if (revision === '') return 'is empty; write a branch, a tag or a hash';
  if (revision.length > maxLength) return `is longer than ${maxLength} characters`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  const odd = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.lock$|\.$|\/$|^[-/.]/.test(revision);
  return odd ? 'is no branch, tag or hash; write one of these' : null;
}

export function isFullHash(revision: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(revision);
}
