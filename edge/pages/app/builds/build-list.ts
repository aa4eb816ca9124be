/** Keeps a list of builds true to what events tell, without asking the server for each. */
import type { Build } from '../../../api/model.ts';
import type { BuildsRoute } from '../rules/route.ts';

export function belongs(build: Build, route: Omit<BuildsRoute, 'page'>): boolean {
  return (
    (route.repo === null || build.repo === route.repo) &&
    (route.builder === null || build.builder === route.builder) &&
    (route.commit === null || build.commit.startsWith(route.commit)) &&
    (route.state === null || build.state === route.state)
  );
}

/** Newest first, as the server answers. Builds that no longer belong leave; new ones come in where they belong in time. */
export function withNews(
  items: readonly Build[],
  news: readonly Build[],
  route: Omit<BuildsRoute, 'page'>,
): readonly Build[] {
  const newest = new Map(news.map((build) => [build.id, build]));
  const updated = items.map((build) => newest.get(build.id) ?? build);
  const known = new Set(items.map((build) => build.id));
  const oldest = items.at(-1)?.createdAt ?? '';
  const added = [...newest.values()].filter((build) => !known.has(build.id) && build.createdAt >= oldest);
  const kept = [...added, ...updated].filter((build) => belongs(build, route));
  return added.length === 0 ? kept : kept.toSorted(byNewest);
}

function byNewest(a: Build, b: Build): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}
