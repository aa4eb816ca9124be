/** One figure over the last hour: what it is now, and a line that can be read with the pointer. */
import { useState } from 'preact/hooks';
import { formatCoarse } from '../rules/time.ts';
import { figureAt, sparkline } from './sparkline.ts';

export interface FigureChartProps {
  readonly title: string;
  /** Oldest first. */
  readonly values: readonly (number | null)[];
  readonly everyMs: number;
  readonly places: number;
  readonly atLeast: number;
  readonly format: (value: number) => string;
  /** Which end of the hour is worth telling. */
  readonly extreme: 'most' | 'least';
}

export function FigureChart(props: FigureChartProps) {
  const { title, values, everyMs, places, atLeast, format, extreme } = props;
  const [looked, setLooked] = useState<number | null>(null);
  const drawn = sparkline(values, { atLeast, places });
  const index = looked === null ? values.length - 1 : (figureAt(looked, values.length, places) ?? -1);
  const value = values[index] ?? null;
  const ago = looked === null || index < 0 ? null : (values.length - 1 - index) * everyMs;

  function look(event: PointerEvent & { readonly currentTarget: SVGSVGElement }): void {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setLooked(width === 0 ? null : Math.min(1, Math.max(0, (event.clientX - left) / width)));
  }

  const told = drawn === null ? 'no figures yet' : `at ${extreme} ${format(drawn[extreme])}`;
  const now = value === null ? '–' : format(value);
  return (
    <figure class="figure-chart">
      <figcaption>
        <span class="figure-title">{title}</span>
        <span class="figure-value number">{now}</span>
        <span class="figure-when quiet">
          {ago === null ? told : ago === 0 ? 'now' : `${formatCoarse(ago)} ago`}
        </span>
      </figcaption>
      <svg
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title} of late: ${told}; now ${now}`}
        onPointerMove={look}
        onPointerLeave={() => setLooked(null)}
      >
        {drawn !== null && <path class="figure-area" d={drawn.area} />}
        {drawn !== null && <path class="figure-line" d={drawn.line} />}
        {looked !== null && value !== null && (
          <line class="figure-mark" x1={looked * 100} x2={looked * 100} y1="0" y2="100" />
        )}
      </svg>
    </figure>
  );
}
