/** The filters of the grid, as they are typed. */
import type { BuildStateName } from '../rules/build-states.ts';

export function isFiltering(filter: {
  readonly state: BuildStateName | null;
  readonly text: string;
}): boolean {
  return filter.state !== null || filter.text.trim() !== '';
}

/** `linux-*, !x` as typed: globs apart by commas or spaces. */
export function parseGlobs(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((glob) => glob !== '');
}
