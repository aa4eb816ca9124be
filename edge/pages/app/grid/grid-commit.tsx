// biome-ignore-all lint/a11y/useSemanticElements: a table of elements cannot be virtual in two directions, see grid-row.tsx
// biome-ignore-all lint/a11y/useFocusableInteractive: the same
import { useMemo } from 'preact/hooks';
import { shortHash } from '../parts/names.tsx';
import { commitHref } from '../rules/route.ts';
import { formatExact, formatShortDuration, instantMs } from '../rules/time.ts';
import type { GridRow } from './grid-pages.ts';
import { cellId } from './grid-row.tsx';

/**
 * The head of a row. It stands in a pane of its own, which holds still as one while the builders pass under it: one layer for the
 * browser's compositor, where a head in each row would be hundreds. The same row index joins it to the row of its builds.
 */
export function GridCommit(props: {
  /** Null: its page has been given up, and is being fetched again. */
  readonly row: GridRow | null;
  readonly index: number;
  readonly rowPx: number;
  readonly repo: string;
  readonly isActive: boolean;
  readonly now: number;
}) {
  const { row, index, rowPx, repo, isActive } = props;
  const at = instantMs(row?.committedAt);
  const age = at === null ? '' : formatShortDuration(props.now - at);
  return useMemo(
    () => (
      <div
        role="row"
        aria-rowindex={index + 2}
        class="grid-row"
        style={{ top: `${index * rowPx}px` }}
        data-row={index}
      >
        <div
          role="rowheader"
          id={cellId(index, -1)}
          aria-colindex={1}
          class={isActive ? 'grid-commit is-active' : 'grid-commit'}
        >
          {row === null ? '…' : <CommitText row={row} repo={repo} age={age} />}
        </div>
      </div>
    ),
    [row, index, rowPx, repo, isActive, age],
  );
}

function CommitText(props: { readonly row: GridRow; readonly repo: string; readonly age: string }) {
  const { row } = props;
  const at = instantMs(row.committedAt);
  return (
    <>
      <a class="grid-subject" href={commitHref(props.repo, row.hash)} tabIndex={-1} title={row.subject}>
        {row.subject === '' ? '(no subject)' : row.subject}
      </a>
      <span class="grid-author" title={`${row.author.name} <${row.author.email}>`}>
        {row.author.name}
      </span>
      <span class="hash grid-hash" title={row.hash}>
        {shortHash(row.hash)}
      </span>
      <time
        class="grid-age"
        dateTime={row.committedAt}
        title={at === null ? row.committedAt : formatExact(at)}
      >
        {props.age}
      </time>
    </>
  );
}
