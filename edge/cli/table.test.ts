import { expect, test } from 'bun:test';
import { cut, fitWidths, formatTable } from './table.ts';
import { rememberingTerminal } from './testing/remembering-terminal.ts';

const columns = [
  { title: 'NAME', text: (row: Row) => row.name, shrinkTo: 4 },
  { title: 'N', text: (row: Row) => String(row.count), align: 'right' as const },
];
interface Row {
  readonly name: string;
  readonly count: number;
}
const rows: readonly Row[] = [
  { name: 'a rather long name', count: 7 },
  { name: 'short', count: 1234 },
];

test('elsewhere than on a terminal every cell is whole and columns line up', () => {
  const terminal = rememberingTerminal();
  expect(formatTable(terminal, columns, rows)).toBe(
    ['NAME                   N', 'a rather long name     7', 'short               1234', ''].join('\n'),
  );
});

test('on a terminal the table fits its width', () => {
  const terminal = rememberingTerminal({ interactive: true, width: 14 });
  const lines = formatTable(terminal, columns, rows).trimEnd().split('\n');
  expect(lines).toEqual(['NAME         N', 'a rathe…     7', 'short     1234']);
});

test('a column keeps its least width even when the terminal is too narrow', () => {
  expect(fitWidths(columns, [18, 4], 3)).toEqual([4, 4]);
});

test('cuts by columns, not by code units', () => {
  expect(cut('漢字漢字', 5)).toBe('漢字…');
  expect(cut('🎉🎉🎉', 4)).toBe('🎉…');
});

test('text from outside cannot leave its cell', () => {
  const terminal = rememberingTerminal();
  const evil = [{ name: 'a\nb\u001b[2J', count: 1 }];
  expect(formatTable(terminal, columns, evil).split('\n')[1]).toBe('a b   1');
});
