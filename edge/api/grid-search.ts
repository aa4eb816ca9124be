/**
 * Commits of a branch by what they say and by what their builds came to. A page looks at so many commits at most, found or not: the
 * rest of the history is the next page's, so that a search for what is not there holds up nobody.
 */
import type { Clock } from '../../agent/kit/clock.ts';
import type { BuildState, GridCell } from '../../core/builds/index.ts';
import type { CommitLine } from '../../core/source/index.ts';
import type { Coordinator } from '../../core/types.ts';

export interface GridSearch {
  readonly repo: string;
  readonly branch: string;
  /** Below this position. */
  readonly before: number | undefined;
  readonly limit: number;
  /** Words, all of which have to be there; empty: any commit. */
  readonly text: string;
  readonly state: BuildState | undefined;
  /** Builders whose cells count for the state. */
  readonly isShown: (builder: string) => boolean;
}

export interface GridFound {
  readonly commits: readonly CommitLine[];
  readonly looked: number;
  /** Position below which the next page begins; null at the end of history. */
  readonly next: number | null;
}

type Readers = Pick<Coordinator, 'commits' | 'builds'>;

const mostLooked = 5_000;
/** The first bite is small, since most searches find soon; what is rare is looked for in large ones. */
const bites = { first: 100, largest: 1_000 } as const;

export async function searchGrid(
  { commits, builds }: Readers,
  clock: Pick<Clock, 'sleep'>,
  search: GridSearch,
): Promise<GridFound> {
  const { repo, branch, limit, text } = search;
  const isSaid = textMatcher(text);
  const found: CommitLine[] = [];
  let { before } = search;
  let looked = 0;
  for (let bite: number = bites.first; looked < mostLooked; bite = Math.min(bite * 2, bites.largest)) {
    const at = before === undefined ? {} : { before };
    const lines = await commits.commitLines({ repo, branch, ...at, limit: bite });
    const matching = await withState(builds, search, lines.filter(isSaid));
    const missing = limit - found.length;
    const last = matching[missing - 1];
    found.push(...matching.slice(0, missing));
    if (last !== undefined) {
      looked += lines.findIndex(({ position }) => position === last.position) + 1;
      return { commits: found, looked, next: last.position === 0 ? null : last.position };
    }
    looked += lines.length;
    before = lines.at(-1)?.position;
    if (lines.length < bite || before === undefined || before === 0)
      return { commits: found, looked, next: null };
    await clock.sleep(0);
  }
  return { commits: found, looked, next: before ?? null };
}

/** A commit has a state when the newest build of any builder shown has it. */
async function withState(
  builds: Readers['builds'],
  { repo, state, isShown }: GridSearch,
  lines: readonly CommitLine[],
): Promise<readonly CommitLine[]> {
  if (state === undefined || lines.length === 0) return lines;
  const commits = lines.map(({ hash }) => hash);
  const had = await builds.reader.commitsWith({ repo, state, commits });
  const passing = new Set<string>();
  for (const cell of await builds.reader.gridCells({ repo, commits: [...had] }))
    if (isCounted(cell, state, isShown)) passing.add(cell.commit);
  return lines.filter(({ hash }) => passing.has(hash));
}

function isCounted(cell: GridCell, state: BuildState, isShown: (builder: string) => boolean): boolean {
  return cell.state === state && isShown(cell.builder);
}

/** Every word is somewhere in the subject or the author, or at the start of the hash; case does not count. */
export function textMatcher(
  text: string,
): (line: Pick<CommitLine, 'subject' | 'author' | 'hash'>) => boolean {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return () => true;
  return ({ subject, author, hash }) => {
    const place = `${subject}\n${author.name}\n${author.email}`.toLowerCase();
    return words.every((word) => place.includes(word) || hash.startsWith(word));
  };
}
