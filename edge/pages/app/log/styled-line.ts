/** A line of output as the page draws it: runs of text with their colours, on a grid of characters. */
import type { LogLine } from '../../../api/model.ts';

export interface StyledRun {
  readonly text: string;
  /** Names of CSS classes: `bold`, `fg-red` … */
  readonly classes: string;
  /** An exact colour that has no class, as CSS; null when a class says it. */
  readonly colour: string | null;
  readonly background: string | null;
}

export interface StyledLine {
  readonly runs: readonly StyledRun[];
  readonly plain: string;
}

const known = new WeakMap<LogLine, StyledLine>();

/** Made once for each line in memory. */
export function styledLine(line: LogLine): StyledLine {
  const old = known.get(line);
  if (old !== undefined) return old;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: provisional
  const plain = line.text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  const styled = { runs: [{ text: plain, classes: '', colour: null, background: null }], plain };
  known.set(line, styled);
  return styled;
}
