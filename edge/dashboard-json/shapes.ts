/** Upstream's two shapes of a view. */
import type { View } from './view.ts';

/** `?mode=json`. `goRevision` and `goBranch` name the Go commit that a subrepository was built with; nothing here has one. */
export function viewJson({ repo, branch, builders, rows }: View): string {
  const revisions = rows.map(({ commit, results }) => ({
    repo,
    revision: commit.hash,
    date: new Date(commit.committedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    branch,
    author: `${commit.author.name} <${commit.author.email}>`,
    desc: commit.subject,
    results,
  }));
  return `${JSON.stringify({ builders, revisions }, null, '\t')}\n`;
}

/** `?mode=failures`: one line a failing cell: commit, builder, where the log is. */
export function viewFailures({ builders, rows }: View): string {
  const lines = rows.flatMap(({ commit, results }) =>
    results.flatMap((result, index) =>
      result === '' || result === 'ok' ? [] : [`${commit.hash} ${builders[index] ?? ''} ${result}\n`],
    ),
  );
  return lines.join('');
}
