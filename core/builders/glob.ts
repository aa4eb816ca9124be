/**
 * The globs of configurations, for names of branches and builders and for paths. `*` is any run of characters but `/`, `**` any
 * run at all, a whole segment `**` also none, `?` one character but `/`; everything else stands for itself. In a list,
 * `!glob` takes out again what the others let in.
 *
 * Repositories are strangers to the farm and bring globs along, so matching is a walk over a set of states, in time
 * glob × text; a regular expression made from a glob can be made to backtrack for ever.
 */

export const globMaxLength = 256;

/** Null for a glob that may be used, else what is wrong with it. */
export function globProblem(glob: string): string | null {
  if (glob === '' || glob === '!') return 'It is empty';
  if (glob.length > globMaxLength) return `It is longer than ${globMaxLength} characters`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  if (/[\u0000-\u001f\u007f]/.test(glob)) return 'It has a control character in it';
  return null;
}

/** Whether the list lets `text` in: some glob matches and no `!glob` does; a list of `!glob` alone starts from everything. */
export function matchesGlobs(globs: readonly string[], text: string): boolean {
  const wanted = globs.filter((glob) => !glob.startsWith('!'));
  const unwanted = globs.filter((glob) => glob.startsWith('!'));
  if (unwanted.some((glob) => matchesGlob(glob.slice(1), text))) return false;
  if (wanted.length === 0) return unwanted.length > 0;
  return wanted.some((glob) => matchesGlob(glob, text));
}

type Token =
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'one' | 'run' | 'any' | 'folders' };

/** Whether the whole of `text` is what the glob describes. A leading `!` means nothing here. */
export function matchesGlob(glob: string, text: string): boolean {
  const tokens = tokensOf(glob);
  let states = new Set<number>();
  arrive(states, 0, tokens);
  let previous = '/';
  for (const character of text) {
    const next = new Set<number>();
    for (const state of states) step({ tokens, state, character, previous }, next);
    if (next.size === 0) return false;
    states = next;
    previous = character;
  }
  return states.has(tokens.length);
}

/** `folders` is `**` followed by a slash: any number of whole segments, each with its slash. */
function tokensOf(glob: string): readonly Token[] {
  const tokens: Token[] = [];
  const characters = [...glob];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '?') tokens.push({ kind: 'one' });
    else if (character !== '*') tokens.push({ kind: 'literal', character });
    else {
      let stars = 1;
      while (characters[at + 1] === '*') {
        stars++;
        at++;
      }
      const startsSegment = at + 1 - stars === 0 || characters[at - stars] === '/';
      if (stars === 1) tokens.push({ kind: 'run' });
      else if (startsSegment && characters[at + 1] === '/') {
        tokens.push({ kind: 'folders' });
        at++;
      } else tokens.push({ kind: 'any' });
    }
  }
  return tokens;
}

function step(
  at: {
    readonly tokens: readonly Token[];
    readonly state: number;
    readonly character: string;
    readonly previous: string;
  },
  next: Set<number>,
): void {
  const { tokens, state, character } = at;
  const token = tokens[state];
  const isSlash = character === '/';
  switch (token?.kind) {
    case 'literal':
      if (token.character === character) arrive(next, state + 1, tokens);
      return;
    case 'one':
      if (!isSlash) arrive(next, state + 1, tokens);
      return;
    case 'run':
      if (!isSlash) arrive(next, state, tokens);
      return;
    case 'any':
      arrive(next, state, tokens);
      return;
    case 'folders':
      // Inside a segment it goes on, and only a slash leads out of it; an empty segment is none.
      next.add(state);
      if (isSlash && at.previous !== '/') arrive(next, state + 1, tokens);
      return;
  }
}

/** Adds a state and those that are reached from it without reading a character. */
function arrive(states: Set<number>, state: number, tokens: readonly Token[]): void {
  for (let at = state; !states.has(at); at++) {
    states.add(at);
    const kind = tokens[at]?.kind;
    if (kind !== 'run' && kind !== 'any' && kind !== 'folders') return;
  }
}
