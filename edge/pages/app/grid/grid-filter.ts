/** The filters that the page applies itself; repository, branch and builders are the server's. */
import type { BuildStateName } from '../rules/build-states.ts';
import type { GridRow, RowFilter } from './grid-pages.ts';

/** Every word is somewhere in the subject, the author or at the start of the hash; case does not count. */
export function matchesText(row: Pick<GridRow, 'subject' | 'author' | 'hash'>, text: string): boolean {
  const place = `${row.subject}\n${row.author.name}\n${row.author.email}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => word === '' || place.includes(word) || row.hash.startsWith(word));
}

/** A commit passes with a state when any builder shown has it. */
export function rowFilter(filter: {
  readonly state: BuildStateName | null;
  readonly text: string;
}): RowFilter {
  return (row) =>
    (filter.text === '' || matchesText(row, filter.text)) &&
    (filter.state === null || row.cells.some((cell) => cell?.state === filter.state));
}

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
