import type { BenchConfig, BenchName, Unit } from '../types.ts';
import { type Extract, extractor } from './extract.ts';
import { compilePattern } from './regexp.ts';
import { queryError, type Token, tokenAt } from './tokens.ts';

/** True or false for a result as a whole, or what holds for each of its measurements. */
export type FilterMatch = boolean | readonly boolean[];

/** Depends on nothing else, so that an answer can be kept for lines that share them. */
export type Filter = (name: BenchName, config: BenchConfig, units: readonly Unit[]) => FilterMatch;

type ValueTest = (text: string) => boolean;

/** Deeper ones are refused, for the reader of the query goes as deep. */
const deepest = 500;

/** The grammar is in `tokens.ts`. Throws a FarmError whose message has the query and a caret. */
export function parseFilter(query: string): Filter {
  let token = tokenAt(query, 0);
  let depth = 0;
  const filter = readOr();
  if (token.kind !== 'end') throw queryError(query, token.at, `unexpected ${JSON.stringify(token.text)}`);
  return filter;

  function advance(wantsValue = false): void {
    token = tokenAt(query, token.next, wantsValue);
  }

  function readOr(): Filter {
    const options = [readAnd()];
    while (token.kind === 'OR') {
      advance();
      options.push(readAnd());
    }
    return options.length === 1 ? (options[0] as Filter) : anyOf(options);
  }

  function readAnd(): Filter {
    const parts = [readMatch()];
    for (;;) {
      while (token.kind === 'AND') advance();
      if (!beginsMatch(token)) break;
      parts.push(readMatch());
    }
    return parts.length === 1 ? (parts[0] as Filter) : allOf(parts);
  }

  function readMatch(): Filter {
    if (token.kind === '(') return readGroup();
    if (token.kind === '-') {
      advance();
      const filter = nested(readMatch);
      return (...given) => complement(filter(...given));
    }
    if (token.kind === '*') {
      advance();
      return () => true;
    }
    if (token.kind !== 'word') throw queryError(query, token.at, 'expected key:value or subexpression');
    return readKeyValue();
  }

  function readGroup(): Filter {
    advance();
    const filter = nested(readOr);
    if (token.kind !== ')') throw queryError(query, token.at, 'missing ")"');
    advance();
    return filter;
  }

  function nested(read: () => Filter): Filter {
    if (++depth > deepest) throw queryError(query, token.at, `more than ${deepest} nested expressions`);
    const filter = read();
    depth--;
    return filter;
  }

  function readKeyValue(): Filter {
    const key = token;
    advance();
    if (token.kind !== ':') throw queryError(query, key.at, 'expected key:value');
    advance(true);
    if (!is('(') && !is('word') && !is('regexp')) throw queryError(query, key.at, 'expected key:value');
    const tests = is('(') ? readList() : [readValue()];
    return keyFilter(query, key, (text) => tests.some((test) => test(text)));
  }

  function readList(): readonly ValueTest[] {
    const tests: ValueTest[] = [];
    do {
      advance(true);
      if (token.kind !== 'word' && token.kind !== 'regexp')
        throw queryError(query, token.at, 'expected value');
      tests.push(readValue());
    } while (is('OR'));
    if (!is(')')) throw queryError(query, token.at, 'value list must be separated by OR');
    advance();
    return tests;
  }

  function is(kind: Token['kind']): boolean {
    return token.kind === kind;
  }

  function readValue(): ValueTest {
    const value = token;
    advance();
    if (value.kind === 'word') return (text) => text === value.text;
    const pattern = compilePattern(value.text);
    if (pattern === null) throw queryError(query, value.at, `bad regexp ${JSON.stringify(value.text)}`);
    return (text) => pattern.test(text);
  }
}

function beginsMatch(token: Token): boolean {
  return token.kind === 'word' || token.kind === '(' || token.kind === '-' || token.kind === '*';
}

function keyFilter(query: string, key: Token, test: ValueTest): Filter {
  if (key.text === '') throw queryError(query, key.at, 'key must not be empty');
  if (key.text === '.config') throw queryError(query, key.at, '.config is only allowed in projections');
  if (key.text === '.unit') {
    return (_, __, units) =>
      units.map((unit) => test(unit.tidy) || (unit.written !== unit.tidy && test(unit.written)));
  }
  const extract: Extract = extractor(key.text);
  return (name, config) => test(extract(name, config));
}

function complement(match: FilterMatch): FilterMatch {
  return typeof match === 'boolean' ? !match : match.map((one) => !one);
}

export function allOf(filters: readonly Filter[]): Filter {
  return (...given) => {
    let all: FilterMatch = true;
    for (const filter of filters) {
      const match = filter(...given);
      if (match === false) return false;
      if (match === true) continue;
      const before: FilterMatch = all;
      all =
        before === true
          ? match
          : match.map((one, place) => one && (before as readonly boolean[])[place] === true);
    }
    return all;
  };
}

function anyOf(filters: readonly Filter[]): Filter {
  return (...given) => {
    let any: FilterMatch = false;
    for (const filter of filters) {
      const match = filter(...given);
      if (match === true) return true;
      if (match === false) continue;
      const before: FilterMatch = any;
      any =
        before === false
          ? match
          : match.map((one, place) => one || (before as readonly boolean[])[place] === true);
    }
    return any;
  };
}
