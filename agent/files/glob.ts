/**
 * Globs over paths: `*` stands for any part of a name, `**` for any number of folders, all else for itself. Matching takes time
 * proportional to pattern times path, whatever the pattern. A pattern is a set of places in it, moved on by one name at a time, so
 * a walk knows of each folder whether anything below can match.
 */

/** Places in the patterns that a path so far has reached. Opaque; start with `begin`. */
export type GlobState = readonly (readonly string[])[];

/** `patterns` are relative paths that were checked already. */
export function beginGlob(patterns: readonly (readonly string[])[]): GlobState {
  return closure(patterns);
}

/** The state after one more name. Empty: nothing at or below this path matches. */
export function advanceGlob(state: GlobState, name: string): GlobState {
  const next: (readonly string[])[] = [];
  for (const rest of state) {
    const [first] = rest;
    if (first === undefined) continue;
    if (first === '**') next.push(rest);
    else if (matchesName(first, name)) next.push(rest.slice(1));
  }
  return closure(next);
}

/** The path so far is selected. */
export function isMatch(state: GlobState): boolean {
  return state.some((rest) => rest.length === 0);
}

/** `**` also stands for nothing. */
function closure(state: readonly (readonly string[])[]): GlobState {
  const seen = new Map<string, readonly string[]>();
  for (const given of state) {
    let rest = given;
    seen.set(rest.join('/'), rest);
    while (rest[0] === '**') {
      rest = rest.slice(1);
      seen.set(rest.join('/'), rest);
    }
  }
  return [...seen.values()];
}

/** Two pointers and the last star to come back to: the classic that never goes exponential. */
export function matchesName(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let starName = 0;
  let index = 0;
  while (index < name.length) {
    if (pattern[at] === '*') {
      star = at++;
      starName = index;
    } else if (pattern[at] === name[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++starName;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
