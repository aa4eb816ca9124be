/**
 * Text that came from a build or a commit may carry escape sequences that move the cursor, rename the window or write to the
 * clipboard. A terminal gets colours at most.
 */

// ECMA-48: CSI sequences, OSC and other strings up to BEL or ST, and two-character escapes, which begin like none of those.
const escapeSequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|[ -/]*[0-OQ-WYZ\\`a-~])?/g;
// What may still become one of them when more text comes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const begunSequence = /\u001b(?:\[[0-?]*[ -/]*|[\]PX^_][^\u0007\u001b\n]*|[ -/]*)?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const colourSequence = /^\u001b\[[0-9;:]*m$/;
// Everything below space but tab, line feed and carriage return; DEL; and the C1 controls.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const otherControls = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g;

/** Keeps colour sequences only. */
export function onlyColours(text: string): string {
  return text
    .replace(escapeSequence, (sequence) => (colourSequence.test(sequence) ? sequence : ''))
    .replace(otherControls, '');
}

/** Keeps text, tabs and line ends only. */
export function plainText(text: string): string {
  return text.replace(escapeSequence, '').replace(otherControls, '');
}

/** For a cell of a table or a line of our own: no line ends either. */
export function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').trim();
}

/**
 * Where text that arrives in pieces can be cut without tearing an escape sequence apart: the length of the part that is
 * complete. What is held back never grows past `limit`.
 */
export function completeLength(text: string, limit = 256): number {
  const begun = begunSequence.exec(text);
  return begun === null || begun[0].length > limit ? text.length : begun.index;
}
