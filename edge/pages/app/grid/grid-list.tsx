/** The grid on a phone: one card for each commit, with what went wrong named and the rest counted. */
import { useEffect, useMemo } from 'preact/hooks';
import { shortHash } from '../parts/names.tsx';
import { StateMark, stateWord } from '../parts/state-mark.tsx';
import { usePageWindow } from '../parts/use-scroll.ts';
import { When } from '../parts/when.tsx';
import { buildStateNames } from '../rules/build-states.ts';
import { buildHref, commitHref } from '../rules/route.ts';
import { visibleSpan } from '../rules/virtual.ts';
import type { GridLoader, GridView } from './grid-loader.ts';
import { type GridPages, type GridRow, rowCount, rowsBetween } from './grid-pages.ts';

const cardPx = 96;
/** Builds named in a card; the commit's page has all. */
const namedBuilds = 3;

export function GridList(props: {
  readonly view: GridView;
  readonly loader: GridLoader;
  readonly repo: string;
}) {
  const { pages } = props.view;
  return pages === null ? null : <LoadedList {...props} pages={pages} />;
}

function LoadedList(props: {
  readonly pages: GridPages;
  readonly view: GridView;
  readonly loader: GridLoader;
  readonly repo: string;
}) {
  const { pages, loader } = props;
  const { ref, window } = usePageWindow<HTMLUListElement>();
  const count = rowCount(pages);
  const { first, end } = visibleSpan({ count, itemPx: cardPx }, window, { overscan: 6, quantum: 2 });
  useEffect(() => loader.show(first, end), [loader, first, end]);
  return (
    <>
      <ul
        ref={ref}
        class="cards"
        aria-label="Commits, newest first"
        style={{ height: `${count * cardPx}px` }}
      >
        {rowsBetween(pages, first, end).map((row, offset) => {
          const topPx = (first + offset) * cardPx;
          return (
            <li
              key={row?.hash ?? first + offset}
              class="card"
              style={{ transform: `translateY(${topPx}px)` }}
            >
              {row === null ? '…' : <Card row={row} builders={pages.builders} repo={props.repo} />}
            </li>
          );
        })}
      </ul>
      {props.view.isLoadingMore && <p class="loading">Loading older commits …</p>}
    </>
  );
}

function Card(props: { readonly row: GridRow; readonly builders: readonly string[]; readonly repo: string }) {
  const { row, builders } = props;
  const summary = useMemo(() => summarise(row, builders), [row, builders]);
  return (
    <>
      <a class="card-subject" href={commitHref(props.repo, row.hash)}>
        {row.subject === '' ? '(no subject)' : row.subject}
      </a>
      <p class="card-meta">
        <span class="name">{row.author.name}</span>
        <span class="hash">{shortHash(row.hash)}</span>
        <When at={row.committedAt} />
      </p>
      <p class="card-states">
        {summary.counts.map(({ state, count }) => (
          <span key={state} class={`state state-${state}`}>
            <StateMark state={state} />
            {count} <span class="unseen">{stateWord(state)}</span>
          </span>
        ))}
        {summary.named.map(({ id, builder }) => (
          <a key={id} class="card-build" href={buildHref(id)}>
            {builder}
          </a>
        ))}
        {summary.counts.length === 0 && <span class="quiet">no builds</span>}
      </p>
    </>
  );
}

function summarise(row: GridRow, builders: readonly string[]) {
  const builds = builders.flatMap((builder, column) => {
    const cell = row.cells[column] ?? null;
    return cell === null ? [] : [{ builder, id: cell.id, state: cell.state }];
  });
  const counts = buildStateNames
    .map((state) => ({ state, count: builds.filter((build) => build.state === state).length }))
    .filter(({ count }) => count > 0);
  const wrong = builds.filter((build) => build.state === 'failed' || build.state === 'error');
  const shown = wrong.length > 0 ? wrong : builds.length <= namedBuilds ? builds : [];
  return { counts, named: shown.slice(0, namedBuilds) };
}
