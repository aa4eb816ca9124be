/** What is new on a branch, asked of a mirror. Nothing here is stored; all lists are newest first, as git tells them. */
import type { GitMirrors } from './ports.ts';
import type { Commit } from './types.ts';

/** The first page of a log; each further one asks for four times as many, from the top, until all of it is there. */
const firstPage = 1_000;

/**
 * A history that shares nothing with what is known (all of it rewritten, or another repository at the same address) is no
 * longer "new commits": of such a one only this many are taken, or the repository's `history` when that is more.
 */
export const unrelatedLimit = 1_000;

/** Reachable from `from` and from none of `known`: all of them, however many. */
export async function newSince(
  mirrors: Pick<GitMirrors, 'log' | 'resolve'>,
  repo: string,
  range: { readonly from: string; readonly known: readonly string[] },
): Promise<readonly Commit[]> {
  for (let limit = firstPage; ; limit *= 4) {
    const page = await logWithout(mirrors, repo, { ...range, limit });
    if (page.length < limit) return page;
  }
}

/**
 * A known commit may be gone from the mirror, after a force-push and a new clone. What git says of it is not relied on: when a
 * log fails, those that are gone are found and left out.
 */
async function logWithout(
  mirrors: Pick<GitMirrors, 'log' | 'resolve'>,
  repo: string,
  range: { readonly from: string; readonly known: readonly string[]; readonly limit: number },
): Promise<readonly Commit[]> {
  const { from, known, limit } = range;
  try {
    return await mirrors.log(repo, { from, without: known, limit });
  } catch (error) {
    const present: string[] = [];
    for (const hash of known) if ((await mirrors.resolve(repo, hash)) !== null) present.push(hash);
    if (present.length === known.length) throw error;
    return await mirrors.log(repo, { from, without: present, limit });
  }
}

/** Whether some commit of the list has a parent outside of it, so that the list goes on into what is known. */
export function isRelated(commits: readonly Commit[]): boolean {
  const listed = new Set(commits.map(({ hash }) => hash));
  return commits.some(({ parents }) => parents.some((parent) => !listed.has(parent)));
}

/** All of a history that is related to what is known, the newest of one that is not. */
export function boundedUnrelated(commits: readonly Commit[], history: number): readonly Commit[] {
  const limit = Math.max(history, unrelatedLimit);
  return commits.length <= limit || isRelated(commits) ? commits : commits.slice(0, limit);
}
