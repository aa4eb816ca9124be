import { expect, test } from 'bun:test';
import type { LogLine } from '../../../api/model.ts';
import { styledLine, styledLineAt } from './styled-line.ts';

function line(text: string, number = 1): LogLine {
  return { number, offset: 0, at: null, text, cut: false };
}

test('colours become classes that follow the theme', () => {
  const { runs, plain } = styledLine(line('a \u001b[1;31mred\u001b[0m b'));
  expect(plain).toBe('a red b');
  expect(runs.map((run) => run.classes)).toEqual(['', 'bold fg-red', '']);
});

test('bright colours have the same class as their dark ones', () => {
  expect(styledLine(line('\u001b[92mx')).runs[0]?.classes).toBe('fg-green');
});

test('exact colours are told as such', () => {
  const { runs } = styledLine(line('\u001b[38;2;1;2;3mx\u001b[38;5;196my\u001b[38;5;255mz'));
  expect(runs.map((run) => run.colour)).toEqual(['rgb(1 2 3)', 'rgb(255 0 0)', 'rgb(238 238 238)']);
});

test('inverse swaps ink and ground', () => {
  expect(styledLine(line('\u001b[7mx')).runs[0]?.classes).toBe('fg-ground bg-ink');
  expect(styledLine(line('\u001b[7;31mx')).runs[0]?.classes).toBe('fg-ground bg-red');
});

test('tabs reach the next column of eight', () => {
  expect(styledLine(line('ab\tc\u001b[1m\td')).plain).toBe('ab      c       d');
});

test('a carriage return writes over', () => {
  expect(styledLine(line('10%\r100%')).plain).toBe('100%');
});

test('a colour goes on into the lines after it, as far as they are in memory', () => {
  const lines = [line('\u001b[32mgreen', 1), line('still', 2), line('\u001b[0mplain', 3)];
  const held = { line: (number: number) => lines[number - 1] };
  expect(styledLineAt(held, 2)?.runs[0]?.classes).toBe('fg-green');
  expect(styledLineAt(held, 3)?.runs[0]?.classes).toBe('');
  expect(styledLineAt(held, 4)).toBeUndefined();
  const alone = { line: (number: number) => (number === 2 ? lines[1] : undefined) };
  expect(styledLineAt(alone, 2)?.runs[0]?.classes).toBe('');
});
