import type { Static } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import { FarmError } from '../../../agent/wire/farm-error.ts';
import { matchesGlobs } from '../../../core/builders/index.ts';
import type { Build } from '../../../core/builds/types.ts';
import { type ApiContext, identified } from '../context.ts';
import { decodeNumberCursor, encodeCursor } from '../cursor.ts';
import { renamingField } from '../field-names.ts';
import { CommitDetail, Grid, type GridCell } from '../model.ts';
import { Cursor, Hash, limitOf, Name } from '../params.ts';
import { presentBuild, presentCommit } from '../present.ts';

const commitsABite = 25;

interface GridQuery {
  readonly repo?: string | undefined;
  readonly branch?: string | undefined;
  readonly builder?: string | readonly string[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export function commitRoutes(context: ApiContext) {
  const { coordinator } = context;

  /** In bites, so that a page of a hundred thousand cells holds up nothing else. */
  async function cellsOf(repo: string, commits: readonly string[]): Promise<Build[]> {
    const cells: Build[] = [];
    for (let at = 0; at < commits.length; at += commitsABite) {
      if (at > 0) await context.clock.sleep(0);
      const bite = commits.slice(at, at + commitsABite);
      for (const cell of await coordinator.builds.reader.cells({ repo, commits: bite })) cells.push(cell);
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
    const before = decodeNumberCursor('grid', query.cursor);
    const commits = await coordinator.commits.branchCommits({
      repo: repository.name,
      branch,
      limit: query.limit + 1,
      ...(before === undefined ? {} : { before }),
    });
    const page = commits.slice(0, query.limit);
    const cells = await cellsOf(
      repository.name,
      page.map(({ hash }) => hash),
    );
    const globs = query.builder === undefined ? ['*'] : [query.builder].flat();
    const configured = builders
      .map(({ name }) => name)
      .filter((name) => matchesGlobs(repository.builders, name));
    const columns = [...new Set([...configured, ...cells.map(({ builder }) => builder)])].filter((name) =>
      matchesGlobs(globs, name),
    );
    const byCommit = Map.groupBy(cells, ({ commit }) => commit);
    const last = page.at(-1);
    return {
      repo: repository.name,
      branch,
      builders: columns,
      commits: page.map((commit) => {
        const own = new Map((byCommit.get(commit.hash) ?? []).map((build) => [build.builder, build]));
        return { ...presentCommit(commit), cells: columns.map((name) => cellOf(own.get(name))) };
      }),
      next:
        commits.length > query.limit && last !== undefined
          ? encodeCursor('grid', String(last.position))
          : null,
    };
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
        limit: limitOf(500, 50),
        cursor: Cursor,
      }),
      response: Grid,
      detail: { operationId: 'getGrid', summary: 'Commits of a branch by builders' },
    })
    .get('/commits/:repo/:hash', ({ params }) => commit(params.repo, params.hash), {
      params: t.Object({ repo: Name, hash: Hash }),
      response: CommitDetail,
      detail: { operationId: 'getCommit', summary: 'One commit and its builds' },
    });
}

function cellOf(build: Build | undefined): Static<typeof GridCell> | null {
  if (build === undefined) return null;
  const ms =
    build.startedAt === null || build.endedAt === null ? null : Math.max(0, build.endedAt - build.startedAt);
  return { id: build.id, state: build.state, ms };
}
