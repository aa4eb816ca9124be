/**
 * Words of the filter and projection languages.
 *
 *     filter     = and { "OR" and }                       and = match { ["AND"] match }
 *     match      = "(" filter ")" | "-" match | "*" | key ":" value | key ":" "(" value { "OR" value } ")"
 *     projection = [ part { [","] part } ]                part = key [ "@" ( "alpha" | "num" | "(" word { word } ")" ) ]
 *     value      = word | "/" regular expression "/"      word = bare | quoted with Go's escapes
 *
 * Blanks separate. A bare word begins with none of - * " ( ) : @ , and goes on to white space or one of ( ) : @ ,
 */
import { FarmError } from '../../../agent/wire/farm-error.ts';
import { splitFields } from '../format/white-space.ts';
import { unquote } from './unquote.ts';

export interface Token {
  /** `word` is quoted or bare; `AND`, `OR` and operators stand for themselves; `end` is behind the last one. */
  readonly kind: 'word' | 'regexp' | 'AND' | 'OR' | '(' | ')' | ':' | '@' | ',' | '-' | '*' | 'end';
  readonly text: string;
  /** In UTF-16 units from the start of the query. */
  readonly at: number;
  readonly next: number;
}

const operators = new Set(['(', ')', ':', '@', ',']);

/** The token at `from`. Only where a value is expected does a slash begin a regular expression. */
export function tokenAt(query: string, from: number, wantsValue = false): Token {
  let at = from;
  while (at < query.length && isBlank(query.charAt(at))) at++;
  if (at === query.length) return { kind: 'end', text: '', at, next: at };
  const first = query.charAt(at);
  if (operators.has(first) || first === '-' || first === '*') {
    return { kind: first as Token['kind'], text: first, at, next: at + 1 };
  }
  if (first === '"') return quotedWord(query, at);
  if (wantsValue && first === '/') return regexp(query, at);
  let end = at + 1;
  while (end < query.length && !isBlank(query.charAt(end)) && !operators.has(query.charAt(end))) end++;
  const text = query.slice(at, end);
  return { kind: text === 'AND' || text === 'OR' ? text : 'word', text, at, next: end };
}

function quotedWord(query: string, at: number): Token {
  let end = at + 1;
  while (end < query.length && query.charAt(end) !== '"') end += query.charAt(end) === '\\' ? 2 : 1;
  if (end >= query.length) throw queryError(query, at, 'missing end quote');
  const text = unquote(query.slice(at + 1, end));
  if (text === null) throw queryError(query, at, 'bad escape sequence');
  return { kind: 'word', text, at, next: end + 1 };
}

/** Ends at the first slash that is neither escaped nor inside of brackets or parentheses. */
function regexp(query: string, at: number): Token {
  let end = at + 1;
  let depth = 0;
  let inBrackets = false;
  for (; end < query.length; end++) {
    const char = query.charAt(end);
    if (char === '\\') end++;
    else if (inBrackets) inBrackets = char !== ']';
    else if (char === '[') inBrackets = true;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === '/' && depth <= 0) break;
  }
  if (end >= query.length) throw queryError(query, at, 'missing close "/"');
  const after = query.charAt(end + 1);
  if (after !== '' && !isBlank(after) && !operators.has(after)) {
    const problem = 'regexp must be followed by space or an operator (unescaped "/"?)';
    throw queryError(query, end + 1, problem);
  }
  return { kind: 'regexp', text: query.slice(at + 1, end), at, next: end + 1 };
}

function isBlank(char: string): boolean {
  return splitFields(char).length === 0;
}

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Cn}\p{Co}]/gu;

/** The message with the query and a caret below the place; `details.offset` counts bytes. */
export function queryError(query: string, at: number, problem: string): FarmError {
  const before = query.slice(0, at);
  const column = [...before.replace(unseen, '')].length;
  const message = `syntax error: ${problem}\n\t${query}\n\t${' '.repeat(column)}^`;
  const offset = new TextEncoder().encode(before).length;
  return new FarmError('invalid_input', message, {
    blame: 'caller',
    details: { field: 'query', problem, offset },
  });
}
