/**
 * Globs over paths: `*` stands for any part of a name, `**` for any number of folders, all else for itself. Matching takes time
 * proportional to pattern times path, whatever the pattern. A pattern is a set of places in it, moved on by one name at a time, so
 * a walk knows of each folder whether anything below can match.
 */

/** Places in the patterns that a path so far has reached. Opaque; start with `beginGlob`. */
export interface GlobState {
  readonly patterns: readonly (readonly string[])[];
  /** For each pattern the places before which all of it has matched, in order. */
  readonly places: readonly (readonly number[])[];
  /** There are none: nothing at or below this path matches. */
  readonly isOver: boolean;
}

/** `patterns` are relative paths that were checked already, as their names. */
export function beginGlob(patterns: readonly (readonly string[])[]): GlobState {
  const simple = patterns.map((names) =>
    names.filter((name, index) => name !== '**' || names[index - 1] !== '**'),
  );
  return stateOf(
    simple,
    simple.map(() => [0]),
  );
}

/** The state after one more name. */
export function advanceGlob(state: GlobState, name: string): GlobState {
  return stateOf(
    state.patterns,
    state.places.map((places, index) => {
      const names = state.patterns[index] ?? [];
      return places.flatMap((place) => {
        const wanted = names[place];
        if (wanted === '**') return [place];
        return wanted !== undefined && matchesName(wanted, name) ? [place + 1] : [];
      });
    }),
  );
}

/** The path so far is selected. */
export function isMatch({ patterns, places }: GlobState): boolean {
  return places.some((reached, index) => reached.includes(patterns[index]?.length ?? 0));
}

/** `**` also stands for nothing: the place after it is reached with it. */
function stateOf(patterns: GlobState['patterns'], reached: readonly (readonly number[])[]): GlobState {
  const places = reached.map((given, index) => {
    const names = patterns[index] ?? [];
    const all = given.flatMap((place) => (names[place] === '**' ? [place, place + 1] : [place]));
    return [...new Set(all)];
  });
  return { patterns, places, isOver: places.every((of) => of.length === 0) };
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
