/** What a search looks for, ready to run over search texts (`search-text.ts`). */
import { invalidInput } from '../../agent/wire/farm-error.ts';
import { logLimits } from './limits.ts';
import { type ByteMatch, matchInSteps } from './regex/first-match.ts';
import { createLineScanner } from './regex/line-scanner.ts';
import { compileProgram } from './regex/program.ts';
import { literalExpression, parseExpression } from './regex/syntax.ts';
import type { LogSearch } from './types.ts';

export interface Finder {
  /** Some place in the first line at or after `from` (the start of a line) that matches; `nowhere`; or `paused`, to be asked again. */
  next(text: Uint8Array, from: number): number;
  /** How far it had come when it paused. */
  readonly pausedAt: number;
  /** The first match in a line, without its newline, as bytes; in steps between which others can have their turn. */
  within(line: Uint8Array): Iterator<void, ByteMatch | null>;
}

/**
 * Texts of ASCII that the platform's own search finds in both cases, several times as fast as the automaton. Longer ones could make
 * it slow.
 */
const foldable = /^[ -~]{1,64}$/;

/** Rejects with `invalid_input` for `query` what can not be searched for. */
export function createFinder(search: Pick<LogSearch, 'query' | 'regex' | 'ignoreCase'>): Finder {
  const { query, regex, ignoreCase } = search;
  if (query === '') throw invalidInput('query', 'It is empty; say what to search for');
  if (query.length > logLimits.queryChars) {
    throw invalidInput(
      'query',
      `It is longer than ${logLimits.queryChars} characters; search for a part of it`,
    );
  }
  if (!regex && /[\n\r]/.test(query))
    throw invalidInput('query', 'It holds a line break; search for one line');
  if (!regex && !ignoreCase) return createLiteralFinder(query);
  if (!regex && foldable.test(query)) return createFoldedFinder(query);
  const expression = regex ? parseExpression(query, ignoreCase) : literalExpression(query, ignoreCase);
  const program = compileProgram(expression);
  const scanner = createLineScanner(program);
  return {
    next: scanner.next,
    get pausedAt() {
      return scanner.pausedAt;
    },
    within: (line) => matchInSteps(program, line),
  };
}

function createLiteralFinder(query: string): Finder {
  const needle = Buffer.from(query, 'utf8');
  const indexIn = (bytes: Uint8Array, from: number) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(needle, from);
  return {
    next: indexIn,
    pausedAt: 0,
    within: (line) => atOnce(indexIn(line, 0), needle.length),
  };
}

function createFoldedFinder(query: string): Finder {
  // No expression but the text itself, so nothing can run away.
  const pattern = new RegExp(query.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'gi');
  let held: { readonly bytes: Uint8Array; readonly text: string } | null = null;

  function indexIn(text: string, from: number): number {
    pattern.lastIndex = from;
    return pattern.exec(text)?.index ?? -1;
  }

  return {
    next(bytes, from) {
      if (held?.bytes !== bytes) held = { bytes, text: characterPerByte(bytes) };
      return indexIn(held.text, from);
    },
    pausedAt: 0,
    within: (line) => atOnce(indexIn(characterPerByte(line), 0), query.length),
  };
}

/** Places are those of the bytes; and no letter outside of ASCII has its other case inside. */
function characterPerByte(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** A match that needs no steps. */
function atOnce(from: number, length: number): Iterator<void, ByteMatch | null> {
  const value = from < 0 ? null : { from, to: from + length };
  return { next: () => ({ done: true, value }) };
}
