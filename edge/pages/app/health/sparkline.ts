/** A row of figures as a line in a box of 100 × 100, drawn to any size. Pure. */

export interface Sparkline {
  /** Path of the line; in parts where figures are missing. */
  readonly line: string;
  /** The same, closed down to zero. */
  readonly area: string;
  readonly least: number;
  readonly most: number;
}

export interface SparklineOptions {
  /** The smallest value that the top stands for, so that a quiet row looks quiet. */
  readonly atLeast: number;
  /** How many places the row has when it is full; newer figures are further to the right. */
  readonly places: number;
}

/** Null without a single figure. The scale begins at zero: a line that is half as high is half as much. */
export function sparkline(values: readonly (number | null)[], options: SparklineOptions): Sparkline | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const most = Math.max(...known);
  const top = Math.max(most, options.atLeast);
  const first = Math.max(0, options.places - values.length);
  const x = (index: number) => rounded(((first + index) / Math.max(1, options.places - 1)) * 100);
  const y = (value: number) => rounded(100 - (value / top) * 96);
  const lines: string[] = [];
  const areas: string[] = [];
  for (const { from, part } of partsOf(values)) {
    const points = part.map((value, index) => `${x(from + index)} ${y(value)}`);
    // A single point would be no line at all.
    if (points.length === 1) points.push(`${rounded(x(from) + 0.3)} ${y(part[0] ?? 0)}`);
    const path = `M${points.join('L')}`;
    lines.push(path);
    areas.push(`${path}L${x(from + part.length - 1)} 100L${x(from)} 100Z`);
  }
  return { line: lines.join(''), area: areas.join(''), least: Math.min(...known), most };
}

/** Which figure stands at a share (0 to 1) of the width; null where none is. */
export function figureAt(share: number, count: number, places: number): number | null {
  const index = Math.round(share * (places - 1)) - Math.max(0, places - count);
  return index >= 0 && index < count ? index : null;
}

function partsOf(values: readonly (number | null)[]): { from: number; part: number[] }[] {
  const parts: { from: number; part: number[] }[] = [];
  let open: { from: number; part: number[] } | null = null;
  values.forEach((value, index) => {
    if (value === null) {
      open = null;
      return;
    }
    if (open === null) {
      open = { from: index, part: [] };
      parts.push(open);
    }
    open.part.push(value);
  });
  return parts;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
