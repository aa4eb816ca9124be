/**
 * JSON for files that people write: as strict as `JSON.parse`, but a fault has its line and column and says how to mend it,
 * a key that is there twice is a fault (`JSON.parse` silently takes the last), and nesting is bounded.
 */

export interface JsonFault {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly problem: string;
  readonly fix: string;
}

export type JsonRead = { readonly value: unknown } | { readonly fault: JsonFault };

const deepest = 64;
const doubleQuote = 0x22;
const backslash = 0x5c;

/** Never throws. A byte order mark at the start is passed over. */
export function readJson(text: string): JsonRead {
  const reader = new JsonReader(text.startsWith('\ufeff') ? text.slice(1) : text);
  const value = reader.document();
  return reader.fault === null ? { value } : { fault: reader.fault };
}

class JsonReader {
  fault: JsonFault | null = null;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) {
      this.#fail('There is something after the end of the value', 'Remove what follows');
    }
    return value;
  }

  #value(depth: number): unknown {
    this.#space();
    if (depth > deepest) return this.#fail(`It is nested deeper than ${deepest}`, 'Make it flatter');
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string('a value');
    const word = this.#match(/true|false|null/y);
    if (word !== null) return word === 'null' ? null : word === 'true';
    const number = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (number !== null) return Number(number);
    return this.#failAt('a value');
  }

  #object(depth: number): unknown {
    const entries = new Map<string, unknown>();
    this.#at++;
    if (this.#close('}')) return {};
    for (;;) {
      this.#space();
      const start = this.#at;
      const key = this.#string('a field name in double quotes');
      if (entries.has(key)) {
        this.#at = start;
        return this.#fail(`The field ${JSON.stringify(key)} is there twice`, 'Keep one of the two');
      }
      if (this.fault !== null) return undefined;
      this.#space();
      if (this.#text[this.#at] !== ':') return this.#failAt('a colon');
      this.#at++;
      entries.set(key, this.#value(depth + 1));
      if (this.fault !== null) return undefined;
      if (this.#close('}')) return Object.fromEntries(entries);
      if (!this.#comma('}')) return undefined;
    }
  }

  #array(depth: number): unknown {
    const items: unknown[] = [];
    this.#at++;
    if (this.#close(']')) return items;
    for (;;) {
      items.push(this.#value(depth + 1));
      if (this.fault !== null) return undefined;
      if (this.#close(']')) return items;
      if (!this.#comma(']')) return undefined;
    }
  }

  #string(wanted: string): string {
    if (this.#text[this.#at] !== '"') {
      this.#failAt(wanted);
      return '';
    }
    const quoted = this.#quoted();
    if (quoted === null) {
      this.#fail(
        'A string is not closed on its line, or has a backslash or control character that JSON does not know',
        'Write line breaks as \\n, tabs as \\t and backslashes as \\\\, and close it with a double quote',
      );
      return '';
    }
    this.#at += quoted.length;
    return JSON.parse(quoted);
  }

  /** A scan, since a regular expression gives up on strings of some hundred thousand characters. */
  #quoted(): string | null {
    for (let end = this.#at + 1; end < this.#text.length; end++) {
      const code = this.#text.charCodeAt(end);
      if (code < 0x20) return null;
      if (code === doubleQuote) return this.#text.slice(this.#at, end + 1);
      if (code !== backslash) continue;
      const escaped = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
      escaped.lastIndex = end + 1;
      const found = escaped.exec(this.#text);
      if (found === null) return null;
      end += found[0].length;
    }
    return null;
  }

  #close(bracket: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #comma(bracket: string): boolean {
    if (this.#text[this.#at] !== ',') {
      this.#failAt(`a comma or "${bracket}"`);
      return false;
    }
    const comma = this.#at;
    this.#at++;
    this.#space();
    if (this.#text[this.#at] !== bracket) return true;
    this.#at = comma;
    this.#fail('There is a comma after the last item', 'Remove that comma');
    return false;
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  /** The usual slips each get their own advice. */
  #failAt(wanted: string): undefined {
    const rest = this.#text.slice(this.#at, this.#at + 2);
    if (rest === '')
      return this.#fail(`It ends where ${wanted} is needed`, 'Write the rest, or close what is open');
    if (rest === '//' || rest === '/*' || rest[0] === '#') {
      return this.#fail('There is a comment', 'Remove it; JSON has no comments');
    }
    if (rest[0] === "'") return this.#fail('There is a single quote', 'Use double quotes');
    return this.#fail(
      `There is ${JSON.stringify(rest[0])} where ${wanted} is needed`,
      `Write ${wanted} there`,
    );
  }

  #fail(problem: string, fix: string): undefined {
    if (this.fault !== null) return;
    const before = this.#text.slice(0, this.#at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    this.fault = { line: before.length, column, problem, fix };
  }
}
