import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { startsOf, visibleMixedSpan } from '../rules/virtual.ts';
import { usePageWindow } from './use-scroll.ts';

/** Rows below this number all exist: searching in the page and printing then work as for any text. */
const virtualFrom = 200;

/**
 * A long list in the flow of the page, of which only the rows near the screen exist. Heights are known beforehand; `row` gives an
 * element with a key.
 */
export function VirtualRows<T>(props: {
  readonly items: readonly T[];
  readonly heightOf: (item: T) => number;
  readonly row: (item: T, index: number) => ComponentChildren;
  readonly label: string;
}) {
  const { ref, window } = usePageWindow<HTMLUListElement>();
  const { items, heightOf } = props;
  const starts = useMemo(() => startsOf(items.map(heightOf)), [items, heightOf]);
  const isVirtual = items.length >= virtualFrom;
  const span = isVirtual ? visibleMixedSpan(starts, window, 12) : { first: 0, end: items.length };
  const above = starts[span.first] ?? 0;
  const below = (starts[items.length] ?? 0) - (starts[span.end] ?? 0);
  return (
    <ul ref={ref} class={isVirtual ? 'rows is-virtual' : 'rows'} aria-label={props.label}>
      {above > 0 && <li style={{ height: `${above}px` }} role="none" />}
      {items.slice(span.first, span.end).map((item, index) => props.row(item, span.first + index))}
      {below > 0 && <li style={{ height: `${below}px` }} role="none" />}
    </ul>
  );
}
