/**
 * Regular expressions as logs are searched with: the part of JavaScript's syntax (flag `u`) that can be matched in one pass over the
 * text, whatever the text. So there are no backreferences and no lookaround; everything else means what it means there, with
 * `\d \w \b` of ASCII and `.` everything but LF and CR. Positions inside a line only: `^` and `$` are its ends, and nothing matches a line break.
 *
 *   abc . \. \t \x41 \u0041 \u{1f600}      characters
 *   [a-z_] [^\d]  \d \D \w \W \s \S        sets
 *   (…) (?:…) (?<name>…)  a|b              groups, choices
 *   * + ? {n} {n,} {n,m}, each with `?`    repetition (up to 1,000)
 *   ^ $ \b \B                              places
 */
import { invalidInput } from '../../../agent/wire/farm-error.ts';
import {
  type CodeRange,
  complement,
  digits,
  ignoringCase,
  lineEnds,
  normalised,
  spaces,
  wordCharacters,
} from './code-ranges.ts';

export type Place = 'start' | 'end' | 'word-border' | 'no-word-border';

export type Expression =
  | { readonly kind: 'set'; readonly ranges: readonly CodeRange[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly options: readonly Expression[] }
  | {
      readonly kind: 'repeat';
      readonly part: Expression;
      readonly min: number;
      readonly max: number | null;
      readonly greedy: boolean;
    }
  | { readonly kind: 'place'; readonly place: Place };

const largestCount = 1000;
const deepest = 100;
const lineFeed = 10;

/** Rejects with `invalid_input` for `query`, saying what is wrong and what to write instead. */
export function parseExpression(source: string, ignoreCase: boolean): Expression {
  return createParser(Array.from(source), ignoreCase ? ignoringCase : normalised).parse();
}

/** The text itself, as an expression. */
export function literalExpression(text: string, ignoreCase: boolean): Expression {
  const fold = ignoreCase ? ignoringCase : normalised;
  const parts = Array.from(text, (character): Expression => {
    return { kind: 'set', ranges: fold(codeRange(codeOf(character))) };
  });
  return { kind: 'sequence', parts };
}

/** `characters`: one code point each. `fold` is applied to every set. */
function createParser(
  characters: readonly string[],
  fold: (ranges: readonly CodeRange[]) => readonly CodeRange[],
): { parse(): Expression } {
  let at = 0;
  let depth = 0;

  const peek = (ahead = 0): string => characters[at + ahead] ?? '';
  const take = (text: string): boolean => {
    const isNext = characters.slice(at, at + text.length).join('') === text;
    if (isNext) at += text.length;
    return isNext;
  };

  function choice(): Expression {
    const options = [sequence()];
    while (take('|')) options.push(sequence());
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
  }

  function sequence(): Expression {
    const parts: Expression[] = [];
    while (at < characters.length && peek() !== '|' && peek() !== ')') parts.push(quantified());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'sequence', parts };
  }

  function quantified(): Expression {
    const start = at;
    const part = atom();
    const count = quantifier();
    if (count === null) return part;
    if (part.kind === 'place') throw wrong(`"${characters[start]}" matches no character and can not repeat`);
    const greedy = !take('?');
    if (quantifier() !== null) throw wrong('a repetition can not be repeated; put it into a group');
    return { kind: 'repeat', part, ...count, greedy };
  }

  function quantifier(): { readonly min: number; readonly max: number | null } | null {
    if (take('*')) return { min: 0, max: null };
    if (take('+')) return { min: 1, max: null };
    if (take('?')) return { min: 0, max: 1 };
    const braces = /^\{(\d{1,5})(?:(,)(\d{1,5})?)?\}/.exec(characters.slice(at, at + 16).join(''));
    if (braces === null) return null;
    at += braces[0].length;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === undefined ? null : Number(braces[3]);
    if (min > largestCount || (max ?? 0) > largestCount)
      throw wrong(`a repetition is at most ${largestCount}`);
    if (max !== null && max < min) throw wrong(`"${braces[0]}" has its numbers in the wrong order`);
    return { min, max };
  }

  function atom(): Expression {
    if (take('(')) return group();
    if (take('[')) return { kind: 'set', ranges: characterClass() };
    if (take('.')) return { kind: 'set', ranges: complement(lineEnds) };
    if (take('^')) return { kind: 'place', place: 'start' };
    if (take('$')) return { kind: 'place', place: 'end' };
    if (take('\\')) return escaped();
    const character = peek();
    if (character === '*' || character === '+' || character === '?') {
      throw wrong(`"${character}" has nothing to repeat; write "\\${character}" for the character`);
    }
    at++;
    return { kind: 'set', ranges: fold(codeRange(codeOf(character))) };
  }

  function group(): Expression {
    if (++depth > deepest) throw wrong(`groups are nested more than ${deepest} deep`);
    if (take('?')) groupKind();
    const inner = choice();
    if (!take(')')) throw wrong('a "(" is not closed; write "\\(" for the character');
    depth--;
    return inner;
  }

  function groupKind(): void {
    if (take(':')) return;
    if (/[=!]/.test(peek()) || (peek() === '<' && /[=!]/.test(peek(1)))) {
      throw wrong('lookahead and lookbehind are not supported; search for the text itself');
    }
    const name = /^<[A-Za-z_$][\w$]*>/.exec(characters.slice(at).join(''));
    if (name === null) throw wrong(`"(?${peek()}" is not known; write "(?:…)" for a group`);
    at += name[0].length;
  }

  function escaped(): Expression {
    if (take('b')) return { kind: 'place', place: 'word-border' };
    if (take('B')) return { kind: 'place', place: 'no-word-border' };
    if (/[1-9]/.test(peek()) || (peek() === 'k' && peek(1) === '<')) {
      throw wrong('references to groups are not supported');
    }
    return { kind: 'set', ranges: fold(escapedSet()) };
  }

  /** After a backslash, inside a class or not. */
  function escapedSet(): readonly CodeRange[] {
    const character = peek();
    at++;
    const set = namedSets[character];
    if (set !== undefined) return set;
    const control = controlEscapes[character];
    if (control !== undefined) return [[control, control]];
    if (character === 'x') return codeRange(hex(2, 2));
    if (character === 'u') return codeRange(take('{') ? hexInBraces() : hex(4, 4));
    if (character === '') throw wrong('it ends in a backslash; write "\\\\" for the character');
    if (/[A-Za-z0-9]/.test(character)) throw wrong(`"\\${character}" is not known`);
    return codeRange(codeOf(character));
  }

  function hex(min: number, max: number): number {
    const found = /^[0-9a-fA-F]*/.exec(characters.slice(at, at + max).join(''))?.[0] ?? '';
    if (found.length < min)
      throw wrong(`"\\${max === 2 ? 'x' : 'u'}" needs ${min} hexadecimal digits after it`);
    at += found.length;
    return Number.parseInt(found, 16);
  }

  function hexInBraces(): number {
    const code = hex(1, 6);
    if (!take('}') || code > 0x10ffff)
      throw wrong('"\\u{…}" takes one to six hexadecimal digits up to 10ffff');
    return code;
  }

  function characterClass(): readonly CodeRange[] {
    const isNegated = take('^');
    const ranges: CodeRange[] = [];
    while (!take(']')) {
      if (at >= characters.length) throw wrong('a "[" is not closed; write "\\[" for the character');
      const from = classItem();
      const isRange = peek() === '-' && peek(1) !== ']' && peek(1) !== '';
      if (!isRange) {
        ranges.push(...from);
        continue;
      }
      at++;
      ranges.push(rangeBetween(from, classItem()));
    }
    const set = fold(normalised(ranges));
    return isNegated ? complement([...set, [lineFeed, lineFeed]]) : set;
  }

  function rangeBetween(from: readonly CodeRange[], to: readonly CodeRange[]): CodeRange {
    const [low, high] = [onlyCode(from), onlyCode(to)];
    if (low === null || high === null) throw wrong('a range in "[…]" goes from one character to another');
    if (low > high) throw wrong('a range in "[…]" has its ends in the wrong order');
    return [low, high];
  }

  function classItem(): readonly CodeRange[] {
    if (take('\\')) return take('b') ? [[8, 8]] : escapedSet();
    const character = peek();
    at++;
    return codeRange(codeOf(character));
  }

  return {
    parse() {
      const whole = choice();
      if (at < characters.length) throw wrong('a ")" has no "(" before it; write "\\)" for the character');
      return whole;
    },
  };
}

const namedSets: Readonly<Record<string, readonly CodeRange[]>> = {
  d: digits,
  D: complement([...digits, [lineFeed, lineFeed]]),
  w: wordCharacters,
  W: complement([...wordCharacters, [lineFeed, lineFeed]]),
  s: spaces,
  S: complement([...spaces, [lineFeed, lineFeed]]),
};

const controlEscapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, '0': 0 };

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function codeRange(code: number): readonly CodeRange[] {
  return [[code, code]];
}

function onlyCode(ranges: readonly CodeRange[]): number | null {
  const [range] = ranges;
  return ranges.length === 1 && range !== undefined && range[0] === range[1] ? range[0] : null;
}

function wrong(problem: string): Error {
  return invalidInput('query', `The regular expression can not be used: ${problem}`);
}
