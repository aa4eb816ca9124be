import type { Static } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import { FarmError } from '../../../agent/wire/farm-error.ts';
import { matchesGlobs } from '../../../core/builders/index.ts';
import type { BuildState, GridCell as GridCellRow } from '../../../core/builds/index.ts';
import type { Commit } from '../../../core/source/types.ts';
import { type ApiContext, identified } from '../context.ts';
import { decodeNumberCursor, encodeCursor } from '../cursor.ts';
import { renamingField } from '../field-names.ts';
import { searchGrid } from '../grid-search.ts';
import { buildStateNames, CommitDetail, Grid, type GridCell, literals } from '../model.ts';
import { Cursor, Hash, limitOf, Name } from '../params.ts';
import { presentBuild, presentCommit } from '../present.ts';

const commitsABite = 25;

interface GridQuery {
  readonly repo?: string | undefined;
  readonly branch?: string | undefined;
  readonly builder?: string | readonly string[] | undefined;
  readonly state?: BuildState | undefined;
  readonly text?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export function commitRoutes(context: ApiContext) {
  const { coordinator } = context;

  /** In bites, so that a page of a hundred thousand cells holds up nothing else. */
  async function cellsOf(repo: string, commits: readonly string[]): Promise<GridCellRow[]> {
    const cells: GridCellRow[] = [];
    for (let at = 0; at < commits.length; at += commitsABite) {
      if (at > 0) await context.clock.sleep(0);
      const bite = commits.slice(at, at + commitsABite);
      for (const cell of await coordinator.builds.reader.gridCells({ repo, commits: bite })) cells.push(cell);
    }
    return cells;
  }

  async function grid(query: GridQuery): Promise<Grid> {
    const { repositories, builders } = coordinator.settings.state().config;
    const repository =
      query.repo === undefined ? repositories[0] : repositories.find(({ name }) => name === query.repo);
    if (repository === undefined) {
      throw new FarmError(
        'not_found',
        query.repo === undefined
          ? 'No repository is watched yet'
          : `repo: no repository is called "${query.repo}"`,
        {
          blame: 'caller',
          details: { field: 'repo' },
        },
      );
    }
    const state = await coordinator.commits.state(repository.name);
    const branch = query.branch ?? state?.defaultBranch ?? state?.heads[0]?.branch ?? 'main';
    const globs = query.builder === undefined ? ['*'] : [query.builder].flat();
    const isShown = globMatcher(globs);
    const found = await searchGrid(coordinator, context.clock, {
      repo: repository.name,
      branch,
      before: decodeNumberCursor('grid', query.cursor),
      limit: query.limit,
      text: query.text ?? '',
      state: query.state,
      isShown,
    });
    const hashes = found.commits.map(({ hash }) => hash);
    const [commits, cells] = await Promise.all([
      commitsOf(repository.name, hashes),
      cellsOf(repository.name, hashes),
    ]);
    const configured = builders
      .map(({ name }) => name)
      .filter((name) => matchesGlobs(repository.builders, name));
    const built = new Set(cells.map(({ builder }) => builder));
    const columns = [...new Set([...configured, ...built])].filter(isShown);
    const byCommit = Map.groupBy(cells, ({ commit }) => commit);
    return {
      repo: repository.name,
      branch,
      builders: columns,
      commits: commits.map((commit) => {
        const own = new Map((byCommit.get(commit.hash) ?? []).map((cell) => [cell.builder, cell]));
        return { ...presentCommit(commit), cells: columns.map((name) => cellOf(own.get(name))) };
      }),
      looked: found.looked,
      next: found.next === null ? null : encodeCursor('grid', String(found.next)),
    };
  }

  async function commitsOf(repo: string, hashes: readonly string[]): Promise<readonly Commit[]> {
    const found = await Promise.all(hashes.map((hash) => coordinator.commits.commit(repo, hash)));
    return found.filter((commit) => commit !== null);
  }

  async function commit(repo: string, hash: string): Promise<CommitDetail> {
    const exact = await coordinator.commits.commit(repo, hash);
    const found =
      exact ?? (await renamingField('commit', 'hash', () => coordinator.source.resolve(repo, hash)));
    const [builds, state] = await Promise.all([
      coordinator.builds.reader.builds({ repo, commit: found.hash, limit: 500 }),
      coordinator.commits.state(repo),
    ]);
    const heads = (state?.heads ?? []).filter((head) => head.hash === found.hash).map(({ branch }) => branch);
    const ofBuilds = builds.flatMap(({ branch }) => (branch === null ? [] : [branch]));
    return {
      ...presentCommit(found),
      branches: [...new Set([...heads, ...ofBuilds])],
      builds: builds.map(presentBuild),
    };
  }

  return new Elysia({ name: 'commits', prefix: '/api/v1', tags: ['commits'] })
    .use(identified(context, { reading: 'read', acting: 'build' }))
    .get('/grid', ({ query }) => grid(query), {
      query: t.Object({
        repo: t.Optional(Name),
        branch: t.Optional(Name),
        builder: t.Optional(t.Union([Name, t.Array(Name, { maxItems: 50 })])),
        state: t.Optional(literals(buildStateNames, 'Commits of which a builder shown has it')),
        text: t.Optional(
          t.String({
            maxLength: 200,
            description: 'Words of the subject or the author, or the start of a hash',
          }),
        ),
        limit: limitOf(500, 50),
        cursor: Cursor,
      }),
      response: Grid,
      detail: {
        operationId: 'getGrid',
        summary:
          'Commits of a branch by builders; a page of a search may be short, even empty, while `next` leads on',
      },
    })
    .get('/commits/:repo/:hash', ({ params }) => commit(params.repo, params.hash), {
      params: t.Object({ repo: Name, hash: Hash }),
      response: CommitDetail,
      detail: { operationId: 'getCommit', summary: 'One commit and its builds' },
    });
}

/** Each name is matched once, however many cells bear it. */
function globMatcher(globs: readonly string[]): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const answer = known.get(name) ?? matchesGlobs(globs, name);
    known.set(name, answer);
    return answer;
  };
}

function cellOf(build: GridCellRow | undefined): Static<typeof GridCell> | null {
  if (build === undefined) return null;
  const ms =
    build.startedAt === null || build.endedAt === null ? null : Math.max(0, build.endedAt - build.startedAt);
  return { id: build.id, state: build.state, ms };
}
