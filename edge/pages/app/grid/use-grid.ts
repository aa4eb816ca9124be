import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Grid } from '../../../api/model.ts';
import { pathWith } from '../data/api.ts';
import { useDeps } from '../data/deps.ts';
import { useBackAgain, useFarmEvents } from '../data/resource.ts';
import type { GridRoute } from '../rules/route.ts';
import { createGridLoader, type GridLoader, type GridView } from './grid-loader.ts';

const pageRows = 60;

/** The grid of a route's filters; another filter starts another loader. */
export function useGrid(
  repo: string,
  route: GridRoute,
): { readonly view: GridView; readonly loader: GridLoader } {
  const { api } = useDeps();
  const [, redraw] = useState(0);
  const { branch, state, text } = route;
  const builders = route.builders.join('\n');
  const loader = useMemo(
    () =>
      createGridLoader({
        fetchPage: (cursor, signal) =>
          api.get<Grid>(
            pathWith('/api/v1/grid', {
              repo,
              branch,
              builder: builders.split('\n'),
              state,
              text,
              limit: pageRows,
              cursor,
            }),
            signal,
          ),
        hasChosenBuilders: builders !== '',
        onChange: () => redraw((old) => old + 1),
      }),
    [api, repo, branch, builders, state, text],
  );
  useEffect(() => () => loader.stop(), [loader]);
  useBackAgain(() => {
    if (loader.view().error !== null) loader.retry();
  });
  useFarmEvents((events) =>
    loader.receive(
      events.filter(
        (event) =>
          (event.type !== 'build' || event.build.repo === repo) &&
          (event.type !== 'commits' || event.repo === repo),
      ),
    ),
  );
  return { view: loader.view(), loader };
}
