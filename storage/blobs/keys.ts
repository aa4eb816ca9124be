import { invalidInput } from '../../agent/wire/farm-error.ts';

const longestKey = 512;
const segmentPattern = /^[A-Za-z0-9._-]{1,120}$/;
const prefixPattern = /^[A-Za-z0-9._/-]*$/;

/** The segments of a key. Rejects with `invalid_input` whatever is no key: it may have come from outside. */
export function segmentsOf(key: string): readonly string[] {
  const segments = key.split('/');
  if (key.length > longestKey || !segments.every(isSegment)) {
    throw invalidInput(
      'key',
      `"${key.slice(0, 100)}" is no key: give segments of letters, digits, ".", "_" and "-", ` +
        `at most 120 characters each and ${longestKey} in all, joined by "/"`,
    );
  }
  return segments;
}

function isSegment(segment: string): boolean {
  return segmentPattern.test(segment) && segment !== '.' && segment !== '..';
}

/** The start of a key, which may end in the middle of a segment: the segments that are whole, and the rest. */
export function splitPrefix(prefix: string): { readonly folders: readonly string[]; readonly rest: string } {
  const parts = prefix.split('/');
  const rest = parts.pop() ?? '';
  if (prefix.length > longestKey || !prefixPattern.test(prefix) || !parts.every(isSegment)) {
    throw invalidInput('prefix', `"${prefix.slice(0, 100)}" is not the start of a key`);
  }
  return { folders: parts, rest };
}
