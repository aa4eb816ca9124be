/** Reads TypeScript as text: what it imports, and what is left of it without comments and strings. */

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/**
 * Every module that a file names: imports, type-only ones too, re-exports and dynamic imports with a fixed name. A text scan,
 * because Bun's own scanner leaves type-only imports out.
 */
export function importsOf(source: string): readonly Import[] {
  const code = withoutComments(source);
  const bare = codeOnly(source);
  const found: Import[] = [];
  const pattern =
    /(?:^|[;}\n])\s*(?:import|export)\s[^'"`;]*?\sfrom\s*(['"])([^'"\n]+)\1|(?:^|[;}\n])\s*import\s*(['"])([^'"\n]+)\3|\bimport\s*\(\s*(['"])([^'"\n]+)\5/g;
  for (const match of code.matchAll(pattern)) {
    const specifier = match[2] ?? match[4] ?? match[6];
    if (specifier === undefined) continue;
    const at = match.index + match[0].indexOf(specifier);
    const keyword = match.index + match[0].search(/import|export/);
    // A program in a string is text to us.
    if (!/^(?:import|export)/.test(bare.slice(keyword, keyword + 6))) continue;
    found.push({ specifier, line: code.slice(0, at).split('\n').length });
  }
  return found;
}

/** The same text with every comment blanked out; lines keep their numbers. */
export function withoutComments(source: string): string {
  return blank(source, { comments: true, strings: false });
}

/** The same text with comments and the insides of strings, templates and regular expressions blanked out. */
export function codeOnly(source: string): string {
  return blank(source, { comments: true, strings: true });
}

interface Piece {
  readonly kind: 'comment' | 'string';
  readonly pattern: RegExp;
}

// Expressions inside of a template stay code only when they hold no template of their own; good enough for a scan.
const pieces: readonly Piece[] = [
  { kind: 'comment', pattern: /\/\/[^\n]*/y },
  { kind: 'comment', pattern: /\/\*[\s\S]*?\*\//y },
  { kind: 'string', pattern: /'(?:[^'\\\n]|\\.)*'/y },
  { kind: 'string', pattern: /"(?:[^"\\\n]|\\.)*"/y },
  { kind: 'string', pattern: /`(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y },
];
const regularExpression = /\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
/** After these a slash begins a regular expression; after a value it divides. */
const beforeRegularExpression = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in|await))\s*$/;

function blank(source: string, which: { readonly comments: boolean; readonly strings: boolean }): string {
  let out = '';
  let at = 0;
  let templates = 0;
  while (at < source.length) {
    const piece = pieceAt(source, at, out, templates > 0);
    if (piece === null) {
      out += source[at];
      at += 1;
      continue;
    }
    if (piece.text.endsWith('${')) templates += 1;
    else if (piece.closesTemplate) templates -= 1;
    const hide = piece.kind === 'comment' ? which.comments : which.strings;
    out += hide ? hidden(piece) : piece.text;
    at += piece.text.length;
  }
  return out;
}

interface FoundPiece {
  readonly kind: 'comment' | 'string';
  readonly text: string;
  readonly closesTemplate: boolean;
}

function pieceAt(source: string, at: number, before: string, inTemplate: boolean): FoundPiece | null {
  if (inTemplate && source[at] === '}') {
    const rest = matchAt(/\}(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y, source, at);
    if (rest !== null) return { kind: 'string', text: rest, closesTemplate: !rest.endsWith('${') };
  }
  for (const { kind, pattern } of pieces) {
    const text = matchAt(pattern, source, at);
    if (text !== null) return { kind, text, closesTemplate: false };
  }
  if (source[at] !== '/' || !beforeRegularExpression.test(before.slice(-20))) return null;
  const text = matchAt(regularExpression, source, at);
  return text === null ? null : { kind: 'string', text, closesTemplate: false };
}

function matchAt(pattern: RegExp, source: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? null;
}

function hidden(piece: FoundPiece): string {
  if (piece.kind === 'comment') return piece.text.replace(/[^\n]/g, ' ');
  const inner = piece.text.slice(1, -1).replace(/[^\n]/g, ' ');
  return `${piece.text[0]}${inner}${piece.text.at(-1)}`;
}
