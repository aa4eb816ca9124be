// biome-ignore-all lint/a11y/useSemanticElements: a table of elements cannot be virtual in two directions, see grid-row.tsx
// biome-ignore-all lint/a11y/useFocusableInteractive: the same
import { useNow } from '../data/resource.ts';
import type { Span } from '../rules/virtual.ts';
import { GridCommit } from './grid-commit.tsx';
import type { GridMetrics, GridPlace } from './grid-metrics.ts';
import { type GridPages, rowCount, rowsBetween } from './grid-pages.ts';
import { GridRowView } from './grid-row.tsx';

/** Two panes over one another: builds that scroll both ways, and commits that stay at the left. */
export function GridBody(props: {
  readonly pages: GridPages;
  readonly repo: string;
  readonly metrics: GridMetrics;
  readonly shown: { readonly rows: Span; readonly columns: Span };
  readonly active: GridPlace | null;
  readonly hovered: number | null;
}) {
  const { pages, metrics, active, hovered } = props;
  const { first, end } = props.shown.rows;
  const now = useNow(30_000);
  const rows = rowsBetween(pages, first, end);
  const height = `${rowCount(pages) * metrics.rowPx}px`;
  const stripePx = hovered === null ? null : hovered * metrics.rowPx;
  return (
    <div role="none" class="grid-body">
      <div role="rowgroup" class="grid-commits" style={{ height, width: `${metrics.commitPx}px` }}>
        <Stripe topPx={stripePx} />
        {rows.map((row, offset) => (
          <GridCommit
            key={row?.hash ?? first + offset}
            row={row}
            index={first + offset}
            rowPx={metrics.rowPx}
            repo={props.repo}
            isActive={active?.row === first + offset && active.column === -1}
            now={now}
          />
        ))}
      </div>
      <div
        role="rowgroup"
        class="grid-cells"
        style={{
          height,
          minWidth: `${pages.builders.length * metrics.cellPx}px`,
          '--cell-width': `${metrics.cellPx}px`,
        }}
      >
        <Stripe topPx={stripePx} />
        {rows.map((row, offset) => (
          <GridRowView
            key={row?.hash ?? first + offset}
            row={row}
            index={first + offset}
            builders={pages.builders}
            columns={props.shown.columns}
            metrics={metrics}
            active={active?.row === first + offset ? active.column : null}
          />
        ))}
      </div>
    </div>
  );
}

/** Joins the two panes under the pointer. */
function Stripe(props: { readonly topPx: number | null }) {
  return props.topPx === null ? null : (
    <div role="none" class="grid-stripe" style={{ top: `${props.topPx}px` }} />
  );
}
