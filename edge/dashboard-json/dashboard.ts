/**
 * The JSON and text that golang/build's dashboard gives (`/?mode=json`, `/?mode=failures`, `/log/ID`), so that programs
 * written for it keep working. A repository without a name parameter is the farm's first.
 */
import { FarmError, invalidInput } from '../../agent/wire/farm-error.ts';
import type { Build } from '../../core/builds/types.ts';
import type { BranchCommit } from '../../core/source/types.ts';
import type { Coordinator } from '../../core/types.ts';

const commitsAPage = 30;

export interface DashboardQuery {
  readonly mode: string;
  readonly repo: string | null;
  readonly branch: string | null;
  readonly page: string | null;
  /** Origin of the links. */
  readonly origin: string;
}

interface View {
  readonly repo: string;
  readonly branch: string;
  readonly builders: readonly string[];
  readonly rows: readonly { readonly commit: BranchCommit; readonly results: readonly string[] }[];
}

/** Rejects with `invalid_input` for another mode or page, and `not_found` for a repository or branch that is not watched. */
export async function dashboard(coordinator: Coordinator, query: DashboardQuery): Promise<Response> {
  if (query.mode !== 'json' && query.mode !== 'failures')
    throw invalidInput('mode', 'must be json or failures');
  const view = await dashboardView(coordinator, query);
  return query.mode === 'json' ? asJson(view) : asFailures(view);
}

async function dashboardView(coordinator: Coordinator, query: DashboardQuery): Promise<View> {
  const page = pageOf(query.page);
  const { repositories } = coordinator.settings.state().config;
  const wanted = query.repo === null || query.repo === '' ? repositories[0]?.name : query.repo;
  const repo = repositories.find(({ name }) => name === wanted)?.name;
  if (repo === undefined) throw notFound('repo', `No repository is called "${wanted ?? ''}"`);
  const state = await coordinator.commits.state(repo);
  const branch = query.branch ?? state?.defaultBranch ?? state?.heads[0]?.branch ?? '';
  const found = await coordinator.commits.branchCommits({ repo, branch, limit: commitsAPage * (page + 1) });
  if (found.length === 0 && query.branch !== null)
    throw notFound('branch', `Repository "${repo}" has no branch "${branch}"`);
  const commits = found.slice(commitsAPage * page);
  const cells = await coordinator.builds.reader.cells({ repo, commits: commits.map(({ hash }) => hash) });
  const builders = [...new Set(cells.map(({ builder }) => builder))].sort();
  const byPlace = new Map(cells.map((build) => [`${build.commit} ${build.builder}`, build]));
  return {
    repo,
    branch,
    builders,
    rows: commits.map((commit) => ({
      commit,
      results: builders.map((builder) => resultOf(byPlace.get(`${commit.hash} ${builder}`), query.origin)),
    })),
  };
}

/** '' for no verdict (yet), `ok`, or where the log of a failure is. */
function resultOf(build: Build | undefined, origin: string): string {
  if (build?.state === 'passed') return 'ok';
  return build?.state === 'failed' ? `${origin}/log/${build.id}` : '';
}

function asJson({ repo, branch, builders, rows }: View): Response {
  const revisions = rows.map(({ commit, results }) => ({
    repo,
    revision: commit.hash,
    date: new Date(commit.committedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    branch,
    author: `${commit.author.name} <${commit.author.email}>`,
    desc: commit.subject,
    results,
  }));
  const text = `${JSON.stringify({ builders, revisions }, null, '\t')}\n`;
  return new Response(text, { headers: { 'content-type': 'text/json; charset=utf-8' } });
}

function asFailures({ builders, rows }: View): Response {
  const lines = rows.flatMap(({ commit, results }) =>
    results.flatMap((result, index) =>
      result.includes('/log/') ? [`${commit.hash} ${builders[index] ?? ''} ${result}`] : [],
    ),
  );
  return new Response(lines.map((line) => `${line}\n`).join(''), {
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
}

function pageOf(text: string | null): number {
  if (text === null || text === '') return 0;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw invalidInput('page', 'must be a number from 0 on');
}

function notFound(field: string, message: string): FarmError {
  return new FarmError('not_found', message, { blame: 'caller', details: { field } });
}
