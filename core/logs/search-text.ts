/**
 * What a search looks at: the texts of lines (`line-text.ts`) without escape sequences, as valid UTF-8, each with a newline after it.
 * Line for line the same as the log's own bytes, so that a match is found again there. A block with nothing special in it is
 * searched as it lies.
 */
import { isUtf8 } from 'node:buffer';
import { concat } from './concat.ts';
import { escapeUnit, sequenceEnd } from './escape-sequences.ts';
import { logLimits } from './limits.ts';
import { decodeText, textEnd } from './line-text.ts';

const newline = 10;
const carriageReturn = 13;

/** `bytes`: whole lines; the last may lack its newline, and gets one. */
export function searchText(bytes: Uint8Array): Uint8Array {
  let text = cutLongLines(bytes);
  if (!isUtf8(text)) text = new TextEncoder().encode(decodeText(text));
  if (text.includes(carriageReturn)) text = withoutReturns(text);
  if (text.includes(escapeUnit)) text = withoutSequences(text);
  return withLastNewline(text);
}

/** Usually there is none, which is seen in a few steps: from the start of a line to the last newline within the limit. */
function cutLongLines(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (let from = 0; bytes.length - from > logLimits.lineBytes; ) {
    const reach = from + logLimits.lineBytes;
    const last = bytes.lastIndexOf(newline, reach);
    if (last >= from) {
      from = last + 1;
      continue;
    }
    const found = bytes.indexOf(newline, reach);
    const lineEnd = found < 0 ? bytes.length : found;
    parts.push(bytes.subarray(copied, textEnd(bytes, from, lineEnd, found >= 0).end));
    copied = lineEnd;
    from = lineEnd + 1;
  }
  return parts.length === 0 ? bytes : concat([...parts, bytes.subarray(copied)]);
}

function withLastNewline(bytes: Uint8Array): Uint8Array {
  return bytes[bytes.length - 1] === newline ? bytes : concat([bytes, Uint8Array.of(newline)]);
}

/** Those before a newline belong to it. */
function withoutReturns(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(bytes.length);
  let length = 0;
  let copied = 0;
  for (let at = bytes.indexOf(carriageReturn); at >= 0; at = bytes.indexOf(carriageReturn, at + 1)) {
    if (bytes[at + 1] !== newline) continue;
    text.set(bytes.subarray(copied, at), length);
    length += at - copied;
    copied = at + 1;
  }
  text.set(bytes.subarray(copied), length);
  return text.subarray(0, length + bytes.length - copied);
}

function withoutSequences(bytes: Uint8Array): Uint8Array {
  const unitAt = (index: number) => bytes[index] ?? -1;
  const text = new Uint8Array(bytes.length);
  let length = 0;
  let copied = 0;
  for (let at = bytes.indexOf(escapeUnit); at >= 0; at = bytes.indexOf(escapeUnit, copied)) {
    text.set(bytes.subarray(copied, at), length);
    length += at - copied;
    copied = sequenceEnd(unitAt, at);
  }
  text.set(bytes.subarray(copied), length);
  return text.subarray(0, length + bytes.length - copied);
}
