import type { Farm, Repository } from '../../../api/model.ts';
import { useNow, useReloadOn, useResource } from '../data/resource.ts';
import { FirstMachine, FirstRepository } from '../parts/first-steps.tsx';
import { Empty, ErrorNote, Loading } from '../parts/notes.tsx';
import { phoneQuery, useMedia } from '../parts/use-scroll.ts';
import { When } from '../parts/when.tsx';
import type { GridRoute } from '../rules/route.ts';
import { plural } from '../rules/time.ts';
import { useFarm } from '../shell/farm-context.ts';
import { useTitle } from '../shell/use-title.ts';
import { DetectedNote } from './detected-note.tsx';
import { isFiltering } from './grid-filter.ts';
import { GridFilters } from './grid-filters.tsx';
import { GridList } from './grid-list.tsx';
import type { GridLoader, GridView } from './grid-loader.ts';
import { lookedAt, rowCount } from './grid-pages.ts';
import { GridTable } from './grid-table.tsx';
import { useGrid } from './use-grid.ts';

export function GridPage(props: { readonly route: GridRoute }) {
  const repositories = useResource<{ items: Repository[] }>('/api/v1/repositories');
  useReloadOn(repositories.reload, (event) => event.type === 'commits' || event.type === 'farm', 5_000);
  useTitle(
    props.route.repo === null ? 'Builds of every commit' : `${props.route.repo}: builds of every commit`,
  );
  const items = repositories.data?.items;
  if (items === undefined) {
    return repositories.error === null ? (
      <Loading what="repositories" />
    ) : (
      <ErrorNote error={repositories.error} retry={repositories.reload} />
    );
  }
  const repository = items.find((one) => one.name === props.route.repo) ?? items[0];
  if (repository === undefined) return <FirstRepository />;
  return <RepositoryGrid repository={repository} repositories={items} route={props.route} />;
}

function RepositoryGrid(props: {
  readonly repository: Repository;
  readonly repositories: readonly Repository[];
  readonly route: GridRoute;
}) {
  const { repository, route } = props;
  const { farm } = useFarm();
  const now = useNow(5_000);
  const { view, loader } = useGrid(repository.name, route);
  const isPhone = useMedia(phoneQuery);
  return (
    <>
      <h1 class="unseen">Builds of {repository.name}</h1>
      <GridFilters repositories={props.repositories} repository={repository} route={route} />
      {repository.lastError !== null && <SourceNote repository={repository} />}
      {farm !== null && lacksMachines(farm, now) && <FirstMachine />}
      <DetectedNote repo={repository.name} />
      {view.error !== null && <ErrorNote error={view.error} retry={loader.retry} />}
      {view.pages === null && view.error === null && <Loading what="the grid" />}
      {view.pages !== null &&
        rowCount(view.pages) > 0 &&
        (isPhone ? (
          <GridList view={view} loader={loader} repo={repository.name} />
        ) : (
          <GridTable key={repository.name} view={view} loader={loader} repo={repository.name} />
        ))}
      <GridEnd view={view} loader={loader} route={route} />
    </>
  );
}

/** A farm that has just started may be about to start its own machine. */
const firstMachineMs = 20_000;

function lacksMachines(farm: Farm, now: number): boolean {
  return farm.counts.machines === 0 && now - Date.parse(farm.startedAt) > firstMachineMs;
}

function SourceNote(props: { readonly repository: Repository }) {
  const { repository } = props;
  return (
    <div class="note note-warning">
      <p>
        <strong>{repository.name} cannot be read:</strong> {repository.lastError}; last read{' '}
        <When at={repository.lastCheckedAt} />
      </p>
    </div>
  );
}

function GridEnd(props: { readonly view: GridView; readonly loader: GridLoader; readonly route: GridRoute }) {
  const { view, loader, route } = props;
  if (view.pages === null) return null;
  const rows = rowCount(view.pages);
  const looked = lookedAt(view.pages);
  if (view.isSearchPaused) {
    return (
      <p class="grid-end">
        {plural(rows, 'commit matches', 'commits match')} among the newest {plural(looked, 'commit')}.{' '}
        <button type="button" onClick={loader.searchOlder}>
          Look at older ones
        </button>
      </p>
    );
  }
  if (rows > 0 || view.pages.next !== null) return null;
  return isFiltering(route) ? (
    <Empty title="No commit matches">
      <p>
        None of {plural(looked, 'commit')} has what the filters ask for. <a href="#grid">Show everything</a>
      </p>
    </Empty>
  ) : (
    <Empty title="No commits yet">
      <p>The repository is being read; its newest commits appear here as soon as they are known.</p>
    </Empty>
  );
}
