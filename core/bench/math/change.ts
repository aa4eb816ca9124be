/** How a comparison is put into words: upstream's, to the byte. */
import { fixedText, signedText } from '../format/number-text.ts';
import type { Comparison, Summary } from './assumption.ts';

/** `±` as a share of the centre: the wider side of the interval. */
export function rangeText({ center, low, high }: Summary): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return '∞';
  if (Math.sign(low) !== Math.sign(center) || Math.sign(high) !== Math.sign(center)) return '?';
  if (center === 0) return '0%';
  return `${fixedText(100 * Math.max(high / center - 1, 1 - low / center), 0)}%`;
}

/** `~` for noise, `?` when there is no ratio, else a percentage with its sign. */
export function deltaText(comparison: Comparison, old: number, now: number): string {
  if (comparison.p > comparison.alpha) return '~';
  if (old === now) return '0.00%';
  if (old === 0) return '?';
  return `${signedText((now / old - 1) * 100, 2)}%`;
}

/** `p=0.001 n=10`; of exact values there is no p. */
export function comparisonText({ p, sizes }: Comparison): string {
  const count = sizes[0] === sizes[1] ? `n=${sizes[0]}` : `n=${sizes[0]}+${sizes[1]}`;
  return p === 0 ? count : `p=${fixedText(p, 3)} ${count}`;
}
