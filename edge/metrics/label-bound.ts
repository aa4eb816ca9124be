/** What stands for all values that came too late to get a place. */
export const otherLabel = 'other';

/** Keeps a label from growing without bound: the first `most` values are kept, all later ones are one. */
export function boundedLabel(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most) return otherLabel;
    known.add(value);
    return value;
  };
}
