import type { Build, Builder, Repository } from '../../../api/model.ts';
import { pathWith } from '../data/api.ts';
import { pagedLimit, usePaged } from '../data/paged.ts';
import { useFarmEvents, useResource } from '../data/resource.ts';
import { BuildRow, buildRowPx } from '../parts/build-row.tsx';
import { Choice, Filters } from '../parts/filters.tsx';
import { More } from '../parts/more.tsx';
import { Empty, ErrorNote, Loading } from '../parts/notes.tsx';
import { stateWord } from '../parts/state-mark.tsx';
import { phoneQuery, useMedia } from '../parts/use-scroll.ts';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { buildStateNames, buildStateOf } from '../rules/build-states.ts';
import { type BuildsRoute, buildsRoute, formatRoute } from '../rules/route.ts';
import { adjust } from '../shell/use-route.ts';
import { useTitle } from '../shell/use-title.ts';
import { withNews } from './build-list.ts';

const heights = {
  desktop: () => buildRowPx.desktop,
  phone: () => buildRowPx.phone,
} as const;

function idOf(build: Build): string {
  return build.id;
}

export function BuildsPage(props: { readonly route: BuildsRoute }) {
  const { route } = props;
  useTitle('Builds');
  const isPhone = useMedia(phoneQuery);
  const { repo, builder, commit, state } = route;
  const builds = usePaged<Build, { items: Build[]; next: string | null }>(
    pathWith('/api/v1/builds', { repo, builder, commit, state, limit: 100 }),
    idOf,
  );
  useFarmEvents((events) => {
    if (events.some((event) => event.type === 'reset')) builds.reload();
    const news = events.filter((event) => event.type === 'build').map((event) => event.build);
    if (news.length > 0) builds.patch((items) => withNews(items, news, route));
  });
  return (
    <>
      <header class="section-head">
        <h1>Builds</h1>
        <BuildsFilters route={route} />
      </header>
      {builds.error !== null && <ErrorNote error={builds.error} retry={builds.reload} />}
      {builds.items === null && builds.error === null && <Loading what="builds" />}
      {builds.items?.length === 0 && <NoBuilds route={route} />}
      {builds.items !== null && builds.items.length > 0 && (
        <VirtualRows
          items={builds.items}
          heightOf={isPhone ? heights.phone : heights.desktop}
          label="Builds, newest first"
          row={(build) => (
            <BuildRow key={build.id} build={build} place={repo === null ? 'repository' : 'commit'} />
          )}
        />
      )}
      <More hasMore={builds.hasMore} isLoading={builds.isLoading} load={builds.loadMore} />
      {(builds.items?.length ?? 0) >= pagedLimit && (
        <p class="quiet">Narrow the filters to see older builds.</p>
      )}
    </>
  );
}

function NoBuilds(props: { readonly route: BuildsRoute }) {
  const { repo, builder, commit, state } = props.route;
  const isFiltered = [repo, builder, commit, state].some((value) => value !== null);
  return (
    <Empty title={isFiltered ? 'No build matches' : 'No builds yet'}>
      {isFiltered ? (
        <p>
          <a href={formatRoute(buildsRoute)}>Show all builds</a>
        </p>
      ) : (
        <p>
          The first commit that the farm finds is built at once. <a href="#grid">The grid</a> says what is
          missing.
        </p>
      )}
    </Empty>
  );
}

function BuildsFilters(props: { readonly route: BuildsRoute }) {
  const { route } = props;
  const repositories = useResource<{ items: Repository[] }>('/api/v1/repositories');
  const builders = useResource<{ items: Builder[] }>('/api/v1/builders');
  const repoNames = repositories.data?.items.map((one) => one.name) ?? [];
  const builderNames = builders.data?.items.map((one) => one.name) ?? [];
  return (
    <Filters label="Filter builds">
      <Choice
        label="Repository"
        all="all"
        value={route.repo}
        names={repoNames}
        choose={(repo) => adjust({ ...route, repo })}
      />
      <Choice
        label="Builder"
        all="all"
        value={route.builder}
        names={builderNames}
        choose={(builder) => adjust({ ...route, builder })}
      />
      <Choice
        label="State"
        all="any"
        value={route.state}
        names={buildStateNames}
        wordOf={(name) => stateWord(buildStateOf(name) ?? 'none')}
        choose={(chosen) => adjust({ ...route, state: buildStateOf(chosen) })}
      />
      {route.commit !== null && (
        <a class="filters-clear" href={formatRoute({ ...route, commit: null })}>
          Commit {route.commit.slice(0, 12)} ×
        </a>
      )}
    </Filters>
  );
}
