/** Commits of a mirror: by name, and in ranges. */
import { FarmError, invalidInput } from '../../agent/wire/farm-error.ts';
import type { GitMirrors } from '../../core/source/ports.ts';
import type { Commit } from '../../core/source/types.ts';
import type { Environment } from './environment.ts';
import type { MirrorView } from './mirror-view.ts';
import { isAbbreviation, isHash, isRefName } from './names.ts';
import { cutSubject, instantOf, parseCommit } from './objects.ts';
import { type GitProcessDeps, runGit } from './process.ts';

type Range = Parameters<GitMirrors['log']>[1];

export interface CommitLog {
  resolve(view: MirrorView, revision: string): Promise<Commit | null>;
  log(view: MirrorView, range: Range): Promise<Commit[]>;
}

/** Larger messages are cut; all that is wanted of one is its first line. */
const commitBytes = 64 * 1024;
const logMs = 5 * 60_000;
/** NUL ends every field and every commit, so nothing in a commit can be taken for a border. */
const fields = ['%H', '%T', '%P', '%an', '%ae', '%at', '%ct', '%s'];

export function createCommitLog(deps: GitProcessDeps, environment: Environment): CommitLog {
  async function log(view: MirrorView, range: Range): Promise<Commit[]> {
    const from = await resolve(view, range.from);
    if (from === null) throw lacks(view.repo, range.from);
    const output = await runGit(deps, {
      args: [
        'log',
        '-z',
        '--topo-order',
        '--no-color',
        '--no-mailmap',
        ...(range.firstParent === true ? ['--first-parent'] : []),
        `--max-count=${checkedLimit(range.limit)}`,
        `--format=tformat:${fields.join('%x00')}`,
        '--stdin',
      ],
      cwd: view.gitDir,
      environment,
      doing: `read the history of "${view.repo}"`,
      timeoutMs: logMs,
      stdin: [from.hash, ...(await excluded(view, range.without))].join('\n').concat('\n'),
    });
    return parseLog(view.repo, output);
  }

  return { resolve, log };
}

async function resolve({ repo, objects }: MirrorView, revision: string): Promise<Commit | null> {
  for (const name of namesOf(revision)) {
    const object = await objects.read(`${name}^{commit}`, commitBytes);
    if (object !== null) return parseCommit(repo, object.hash, object.bytes);
  }
  return null;
}

/** In git's syntax, one after the other: a whole hash can mean nothing else, otherwise a branch comes first. */
function namesOf(revision: string): string[] {
  if (isHash(revision)) return [revision];
  const names = isRefName(revision) ? [`refs/heads/${revision}`, `refs/tags/${revision}`] : [];
  const lower = revision.toLowerCase();
  return isAbbreviation(lower) ? [...names, lower] : names;
}

/** A commit that the mirror does not have excludes nothing: its branch was pushed over, or the mirror is a fresh one. */
async function excluded({ objects }: MirrorView, without: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const hash of without) {
    if (!isHash(hash)) throw invalidInput('without', `"${hash.slice(0, 100)}" is no full hash`);
    if ((await objects.read(`${hash}^{commit}`, 0)) !== null) lines.push(`^${hash}`);
  }
  return lines;
}

function checkedLimit(limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 0) throw invalidInput('limit', 'give a whole number');
  return limit;
}

function parseLog(repo: string, output: Uint8Array): Commit[] {
  const values = new TextDecoder('utf-8', { ignoreBOM: true }).decode(output).split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + fields.length < values.length; at += fields.length) {
    const [
      hash = '',
      tree = '',
      parents = '',
      name = '',
      email = '',
      authored = '',
      committed = '',
      subject = '',
    ] = values.slice(at, at + fields.length);
    commits.push({
      repo,
      hash,
      tree,
      parents: parents === '' ? [] : parents.split(' '),
      author: { name, email },
      authoredAt: instantOf(authored),
      committedAt: instantOf(committed),
      subject: cutSubject(subject),
    });
  }
  return commits;
}

export function lacks(repo: string, revision: string): FarmError {
  return new FarmError(
    'source_unavailable',
    `Repository "${repo}" has no commit "${revision.slice(0, 100)}"`,
    {
      blame: 'outside',
      details: { repo },
    },
  );
}
