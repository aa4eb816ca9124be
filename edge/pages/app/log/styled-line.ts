/** A line of output as the page draws it: runs of text with their colours, on a grid of characters. */
import {
  type AnsiColour,
  type AnsiStyle,
  plainStyle,
  styledLine as terminalLine,
} from '../../../../core/logs/ansi.ts';
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
  /** All text of the runs. */
  readonly plain: string;
  /** The style that the next line begins with. */
  readonly end: AnsiStyle;
}

export interface Lines {
  line(number: number): LogLine | undefined;
}

/** A colour that was switched on and never off reaches this many lines, when they are in memory. */
const styleReach = 60;
const tabColumns = 8;

/** Made once for each line in memory and each style it may begin with. */
const known = new WeakMap<LogLine, { readonly start: AnsiStyle; readonly styled: StyledLine }>();

/** The line alone, as in a list of lines from all over the log. */
export function styledLine(line: LogLine, start: AnsiStyle = plainStyle): StyledLine {
  const old = known.get(line);
  if (old !== undefined && old.start === start) return old.styled;
  const { spans, end } = terminalLine(line.text, start);
  const runs = expandTabs(spans.map(({ text, style }) => ({ text, ...looksOf(style) })));
  const styled = { runs, plain: runs.map((run) => run.text).join(''), end };
  known.set(line, { start, styled });
  return styled;
}

/** The line in its place, with the colours that lines before it left on. Undefined when it is not in memory. */
export function styledLineAt(lines: Lines, number: number): StyledLine | undefined {
  const line = lines.line(number);
  return line === undefined ? undefined : styledLine(line, startOf(lines, number));
}

function startOf(lines: Lines, number: number): AnsiStyle {
  let from = number;
  while (from > 1 && from > number - styleReach && lines.line(from - 1) !== undefined) from--;
  let style = plainStyle;
  for (let at = from; at < number; at++) {
    const line = lines.line(at);
    if (line !== undefined) style = styledLine(line, style).end;
  }
  return style;
}

function expandTabs(runs: readonly StyledRun[]): readonly StyledRun[] {
  if (!runs.some((run) => run.text.includes('\t'))) return runs;
  let column = 0;
  return runs.map((run) => {
    let text = '';
    for (const character of run.text) {
      const added = character === '\t' ? ' '.repeat(tabColumns - (column % tabColumns)) : character;
      text += added;
      column += added.length;
    }
    return { ...run, text };
  });
}

const plainLooks = { classes: '', colour: null, background: null } as const;

function looksOf(style: AnsiStyle): Omit<StyledRun, 'text'> {
  if (style === plainStyle) return plainLooks;
  const [front, back] = style.inverse
    ? [style.background, style.foreground]
    : [style.foreground, style.background];
  const classes = [
    style.bold && 'bold',
    style.dim && 'dim',
    style.italic && 'italic',
    style.underline && 'underline',
    style.strike && 'strike',
    front === null ? style.inverse && 'fg-ground' : classOf('fg', front),
    back === null ? style.inverse && 'bg-ink' : classOf('bg', back),
  ];
  return {
    classes: classes.filter((name) => typeof name === 'string').join(' '),
    colour: front === null ? null : exactColour(front),
    background: back === null ? null : exactColour(back),
  };
}

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** The sixteen named colours follow the theme; null for one that is exact. */
function classOf(place: 'fg' | 'bg', colour: AnsiColour): string | null {
  if (colour.kind !== 'palette' || colour.index > 15) return null;
  return `${place}-${names[colour.index % 8]}`;
}

function exactColour(colour: AnsiColour): string | null {
  if (colour.kind === 'rgb') return `rgb(${colour.red} ${colour.green} ${colour.blue})`;
  if (colour.index < 16) return null;
  if (colour.index >= 232) {
    const grey = 8 + (colour.index - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  // The 6 x 6 x 6 cube of xterm: levels 0, 95, 135 … 255.
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const index = colour.index - 16;
  const [red, green, blue] = [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map(level);
  return `rgb(${red} ${green} ${blue})`;
}
