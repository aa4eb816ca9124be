// biome-ignore-all lint/a11y/useSemanticElements: a table of elements cannot be virtual in two directions, so rows and cells are placed by hand and have roles; the focus stays on the grid, which names its active cell
// biome-ignore-all lint/a11y/useFocusableInteractive: the same
/** The grid proper: commits down, builders across. Only rows and columns near the window exist. */
import { useEffect, useMemo } from 'preact/hooks';
import { useScrollWindow } from '../parts/use-scroll.ts';
import { type Span, visibleSpan } from '../rules/virtual.ts';
import { GridBody } from './grid-body.tsx';
import { GridHead } from './grid-head.tsx';
import type { GridLoader, GridView } from './grid-loader.ts';
import { type GridMetrics, gridMetrics } from './grid-metrics.ts';
import { type GridPages, rowCount } from './grid-pages.ts';
import { cellId } from './grid-row.tsx';
import { GridStatus, GridTip, useTip } from './grid-tip.tsx';
import { useGridKeys, useHoldStill } from './use-grid-keys.ts';

interface TableProps {
  readonly view: GridView;
  readonly loader: GridLoader;
  readonly repo: string;
}

export function GridTable(props: TableProps) {
  const { pages } = props.view;
  return pages === null ? null : <LoadedTable {...props} pages={pages} />;
}

function LoadedTable(props: TableProps & { readonly pages: GridPages }) {
  const { pages, loader, repo, view } = props;
  const { ref, element, window } = useScrollWindow<HTMLDivElement>();
  const metrics = useMetrics(window.widthPx, pages.builders);
  const rows = rowCount(pages);
  const shown = shownSpans(window, metrics, { rows, columns: pages.builders.length });
  useEffect(() => loader.show(shown.rows.first, shown.rows.end), [loader, shown.rows.first, shown.rows.end]);
  useHoldStill(element, view.addedInFront, metrics.rowPx);
  const keys = useGridKeys({ pages, repo, metrics, element, added: view.addedInFront });
  const tip = useTip();
  return (
    <div class="grid-frame">
      <div
        ref={ref}
        class={metrics.isWide ? 'grid is-wide' : 'grid'}
        role="grid"
        aria-label={`Builds of ${repo}, newest commit first`}
        aria-rowcount={pages.next === null ? rows + 1 : -1}
        aria-colcount={pages.builders.length + 1}
        aria-activedescendant={keys.place === null ? undefined : cellId(keys.place.row, keys.place.column)}
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        {...tip.handlers}
      >
        <GridHead builders={pages.builders} columns={shown.columns} metrics={metrics} />
        <GridBody
          pages={pages}
          repo={repo}
          metrics={metrics}
          shown={shown}
          active={keys.place}
          hovered={tip.row}
        />
      </div>
      {view.isLoadingMore && (
        <div class="grid-more" role="status">
          Loading older commits …
        </div>
      )}
      <GridStatus place={keys.place} pages={pages} />
      <GridTip at={tip.at} pages={pages} />
    </div>
  );
}

/** The same object while nothing changed, so that rows can be told apart by what they are given. */
function useMetrics(widthPx: number, builders: readonly string[]): GridMetrics {
  return useMemo(() => gridMetrics(widthPx, builders), [widthPx, builders]);
}

function shownSpans(
  window: { topPx: number; leftPx: number; heightPx: number; widthPx: number },
  metrics: GridMetrics,
  size: { readonly rows: number; readonly columns: number },
): { readonly rows: Span; readonly columns: Span } {
  return {
    rows: visibleSpan(
      { count: size.rows, itemPx: metrics.rowPx },
      { startPx: window.topPx, sizePx: window.heightPx },
      { overscan: 8, quantum: 4 },
    ),
    columns: visibleSpan(
      { count: size.columns, itemPx: metrics.cellPx },
      { startPx: window.leftPx, sizePx: Math.max(0, window.widthPx - metrics.commitPx) },
      { overscan: 4, quantum: 8 },
    ),
  };
}
