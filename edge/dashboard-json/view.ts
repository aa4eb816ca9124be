/** What golang/build's dashboard shows: a page of commits, newest first, by builders, each cell a word or a link. */
import { FarmError } from '../../agent/wire/farm-error.ts';
import { matchesGlobs } from '../../core/builders/index.ts';
import type { Build } from '../../core/builds/types.ts';
import type { BranchCommit } from '../../core/source/types.ts';
import type { Coordinator } from '../../core/types.ts';

const commitsAPage = 30;

export interface ViewQuery {
  /** Empty: the farm's first repository. */
  readonly repo: string;
  /** Empty: the repository's default branch. */
  readonly branch: string;
  /** From 0, the newest. */
  readonly page: number;
  /** Origin of the links. */
  readonly origin: string;
}

export interface View {
  readonly repo: string;
  readonly branch: string;
  readonly builders: readonly string[];
  /** `results` is parallel to `builders`: '' without a verdict, `ok`, or where the log of a failure is. */
  readonly rows: readonly { readonly commit: BranchCommit; readonly results: readonly string[] }[];
}

/** Rejects with `not_found` for a repository or branch that is not watched. */
export async function viewOf(coordinator: Coordinator, query: ViewQuery): Promise<View> {
  const config = coordinator.settings.state().config;
  const wanted = query.repo === '' ? config.repositories[0]?.name : query.repo;
  const repository = config.repositories.find(({ name }) => name === wanted);
  if (repository === undefined) throw notFound('repo', `no repository is called "${wanted ?? ''}"`);
  const { name: repo } = repository;
  const state = await coordinator.commits.state(repo);
  const branch = query.branch || (state?.defaultBranch ?? state?.heads[0]?.branch ?? '');
  const commits = await commitsOn(coordinator, { repo, branch, page: query.page });
  if (commits === null && query.branch !== '')
    throw notFound('branch', `repository "${repo}" has no branch "${branch}"`);
  const hashes = (commits ?? []).map(({ hash }) => hash);
  const cells = await coordinator.builds.reader.cells({ repo, commits: hashes });
  const configured = config.builders
    .map(({ name }) => name)
    .filter((name) => matchesGlobs(repository.builders, name));
  const builders = [...new Set([...configured, ...cells.map(({ builder }) => builder)])].sort();
  const byPlace = new Map(cells.map((build) => [`${build.commit} ${build.builder}`, build]));
  const result = (commit: string, builder: string) =>
    resultOf(byPlace.get(`${commit} ${builder}`), query.origin);
  return {
    repo,
    branch,
    builders,
    rows: (commits ?? []).map((commit) => ({
      commit,
      results: builders.map((builder) => result(commit.hash, builder)),
    })),
  };
}

/** Null: nothing is known of the branch. Positions of a branch have no gaps, so any page is found without those before it. */
async function commitsOn(
  coordinator: Coordinator,
  { repo, branch, page }: { readonly repo: string; readonly branch: string; readonly page: number },
): Promise<readonly BranchCommit[] | null> {
  const [newest] = await coordinator.commits.branchCommits({ repo, branch, limit: 1 });
  if (newest === undefined) return null;
  const before = newest.position + 1 - page * commitsAPage;
  if (before <= 0) return [];
  return await coordinator.commits.branchCommits({ repo, branch, before, limit: commitsAPage });
}

function resultOf(build: Build | undefined, origin: string): string {
  if (build?.state === 'passed') return 'ok';
  return build?.state === 'failed' ? `${origin}/log/${build.id}` : '';
}

export function notFound(field: string, problem: string): FarmError {
  return new FarmError('not_found', `${field}: ${problem}`, { blame: 'caller', details: { field } });
}
