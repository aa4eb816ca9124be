// biome-ignore-all lint/a11y/useSemanticElements: a table of elements cannot be virtual in two directions, so rows and cells are placed by hand and have roles; the focus stays on the grid, which names its active cell
// biome-ignore-all lint/a11y/useFocusableInteractive: the same
import { useMemo } from 'preact/hooks';
import { buildsRoute, formatRoute } from '../rules/route.ts';
import type { Span } from '../rules/virtual.ts';
import type { GridMetrics } from './grid-metrics.ts';

/** Names of the builders, standing upright when there are many. */
export function GridHead(props: {
  readonly builders: readonly string[];
  readonly columns: Span;
  readonly metrics: GridMetrics;
}) {
  const { builders, metrics } = props;
  const { first, end } = props.columns;
  return useMemo(
    () => (
      <div
        role="rowgroup"
        class="grid-head"
        style={{
          height: `${metrics.headPx}px`,
          width: `${metrics.commitPx + builders.length * metrics.cellPx}px`,
        }}
      >
        <div role="row" aria-rowindex={1} class="grid-head-row">
          <div role="columnheader" class="grid-corner" style={{ width: `${metrics.commitPx}px` }}>
            Commit
          </div>
          {builders.slice(first, end).map((builder, offset) => (
            <div
              key={builder}
              role="columnheader"
              aria-colindex={first + offset + 2}
              class="grid-builder"
              title={builder}
              style={{
                left: `${metrics.commitPx + (first + offset) * metrics.cellPx}px`,
                width: `${metrics.cellPx}px`,
              }}
            >
              <a href={formatRoute({ ...buildsRoute, builder })} tabIndex={-1}>
                {builder}
              </a>
            </div>
          ))}
        </div>
      </div>
    ),
    [builders, first, end, metrics],
  );
}
