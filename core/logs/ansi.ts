/**
 * A line of output as a terminal would show it, for pages and the CLI: colours as spans, carriage returns, backspaces and erasures
 * applied, every other control dropped. Safe with whatever a build may print: the work is bounded by the length of the line, nothing
 * printable is lost but what the output itself wrote over, and no sequence gets through. Pure: for browsers too.
 */
import { type AnsiStyle, applyColours, isSameStyle, plainStyle } from './ansi-style.ts';
import { escapeUnit, sequenceEnd } from './escape-sequences.ts';

export { type AnsiColour, type AnsiStyle, plainStyle } from './ansi-style.ts';
export { eachKept, stripEscapes } from './escape-sequences.ts';

export interface AnsiSpan {
  readonly text: string;
  readonly style: AnsiStyle;
}

export interface AnsiLine {
  readonly spans: readonly AnsiSpan[];
  /** The style that the next line begins with. */
  readonly end: AnsiStyle;
}

/** How far a sequence may move the cursor past the text. */
const movableColumns = 1024;
/** Cells that erasures and moves may touch beyond the length of the line; then they are dropped. */
const spareWork = 200_000;

/** The usual line has none of them, and needs no screen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const controls = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;

/** `text` is one line; `start` the style that the line before it ended with. Neighbouring spans differ in style. */
export function styledLine(text: string, start: AnsiStyle = plainStyle): AnsiLine {
  if (!controls.test(text)) return { spans: text === '' ? [] : [{ text, style: start }], end: start };
  const screen = createScreenLine(text.length);
  const at = (index: number) => (index < text.length ? text.charCodeAt(index) : -1);
  let style = start;
  for (let index = 0; index < text.length; ) {
    const unit = at(index);
    if (unit === escapeUnit) {
      const end = sequenceEnd(at, index);
      if (at(index + 1) === 0x5b) style = applyControl(text.slice(index + 2, end), style, screen);
      index = end;
    } else if (isControl(unit)) {
      if (unit === 0x0d) screen.moveTo(0);
      else if (unit === 0x08) screen.moveTo(screen.column - 1);
      else if (unit === 0x09) screen.print('\t', style);
      index++;
    } else {
      const width = isPair(unit, at(index + 1)) ? 2 : 1;
      screen.print(text.slice(index, index + width), style);
      index += width;
    }
  }
  return { spans: screen.spans(), end: style };
}

/** What `styledLine` shows, without its colours. */
export function plainLine(text: string): string {
  if (!controls.test(text)) return text;
  return styledLine(text)
    .spans.map((span) => span.text)
    .join('');
}

/** C0, DEL and C1. */
function isControl(unit: number): boolean {
  return unit < 0x20 || (unit >= 0x7f && unit <= 0x9f);
}

function isPair(first: number, second: number): boolean {
  return first >= 0xd800 && first <= 0xdbff && second >= 0xdc00 && second <= 0xdfff;
}

/** One line of a terminal: cells that are written over, and a cursor. */
interface ScreenLine {
  readonly column: number;
  print(character: string, style: AnsiStyle): void;
  moveTo(column: number): void;
  /** Of `CSI K`: 0 from the cursor on, 1 up to it, 2 all. */
  erase(what: number): void;
  spans(): AnsiSpan[];
}

function createScreenLine(textLength: number): ScreenLine {
  const cells: string[] = [];
  const styles: AnsiStyle[] = [];
  let column = 0;
  let work = textLength + spareWork;

  function blank(from: number, to: number): void {
    work -= Math.max(0, to - from);
    for (let at = from; at < to; at++) {
      cells[at] = ' ';
      styles[at] = plainStyle;
    }
  }

  return {
    get column() {
      return column;
    },
    print(character, style) {
      if (column > cells.length) {
        if (work > 0) blank(cells.length, column);
        else column = cells.length;
      }
      cells[column] = character;
      styles[column] = style;
      column++;
    },
    moveTo(wanted) {
      const last = Math.max(cells.length, movableColumns);
      column = Math.min(Math.max(0, wanted), last);
    },
    erase(what) {
      if (what === 1 && work > 0) blank(0, Math.min(column + 1, cells.length));
      const kept = what === 0 ? column : what === 2 ? 0 : cells.length;
      cells.length = Math.min(cells.length, kept);
      styles.length = cells.length;
    },
    spans: () => joinCells(cells, styles),
  };
}

function joinCells(cells: readonly string[], styles: readonly AnsiStyle[]): AnsiSpan[] {
  const spans: AnsiSpan[] = [];
  let from = 0;
  for (let at = 1; at <= cells.length; at++) {
    const style = styles[from] ?? plainStyle;
    const next = styles[at];
    if (at < cells.length && next !== undefined && (next === style || isSameStyle(next, style))) continue;
    spans.push({ text: cells.slice(from, at).join(''), style });
    from = at;
  }
  return spans;
}

/** `control`: a control sequence after its `ESC [`. Gives the style from here on. */
function applyControl(control: string, style: AnsiStyle, screen: ScreenLine): AnsiStyle {
  const parameters = control.slice(0, -1);
  const first = Number.parseInt(parameters, 10);
  const count = Number.isNaN(first) ? 1 : Math.min(Math.max(1, first), 1_000_000);
  switch (control.at(-1)) {
    case 'm':
      return applyColours(parameters, style);
    case 'K':
      screen.erase(Number.isNaN(first) ? 0 : first);
      return style;
    case 'C':
      screen.moveTo(screen.column + count);
      return style;
    case 'D':
      screen.moveTo(screen.column - count);
      return style;
    case 'G':
      screen.moveTo(count - 1);
      return style;
    default:
      return style;
  }
}
