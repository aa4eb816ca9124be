/** Colours and their kin: what `ESC [ … m` does to the text after it. Pure: for browsers too. */

/** `palette`: 0 to 7 the colours, 8 to 15 the bright ones, then the cube and the greys of 256-colour terminals. */
export type AnsiColour =
  | { readonly kind: 'palette'; readonly index: number }
  | { readonly kind: 'rgb'; readonly red: number; readonly green: number; readonly blue: number };

export interface AnsiStyle {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strike: boolean;
  readonly foreground: AnsiColour | null;
  readonly background: AnsiColour | null;
}

export const plainStyle: AnsiStyle = {
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
  foreground: null,
  background: null,
};

export function isSameStyle(a: AnsiStyle, b: AnsiStyle): boolean {
  return (
    a.bold === b.bold &&
    a.dim === b.dim &&
    a.italic === b.italic &&
    a.underline === b.underline &&
    a.inverse === b.inverse &&
    a.strike === b.strike &&
    isSameColour(a.foreground, b.foreground) &&
    isSameColour(a.background, b.background)
  );
}

function isSameColour(a: AnsiColour | null, b: AnsiColour | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.kind === 'palette') return b.kind === 'palette' && a.index === b.index;
  return b.kind === 'rgb' && a.red === b.red && a.green === b.green && a.blue === b.blue;
}

/** More than any program prints in one sequence. */
const colourParameters = 32;

/** Select Graphic Rendition. Colours come as `38;5;n`, `38;2;r;g;b`, or with colons (ISO 8613-6). */
export function applyColours(parameters: string, style: AnsiStyle): AnsiStyle {
  if (!/^[0-9;:]{0,256}$/.test(parameters)) return style;
  let now = style;
  const groups = parameters.split(';').slice(0, colourParameters);
  for (let at = 0; at < groups.length; at++) {
    const [code = 0, ...sub] = (groups[at] ?? '').split(':').map(Number);
    if (code !== 38 && code !== 48) {
      now = applyCode(now, code, sub[0]);
      continue;
    }
    const rest = sub.length > 0 ? sub : groups.slice(at + 1, at + 5).map(Number);
    const { colour, used } = extendedColour(rest, sub.length > 0);
    if (sub.length === 0) at += used;
    if (colour !== null) now = { ...now, [code === 38 ? 'foreground' : 'background']: colour };
  }
  return now;
}

function extendedColour(
  [kind, ...values]: readonly number[],
  hasColons: boolean,
): { readonly colour: AnsiColour | null; readonly used: number } {
  if (kind === 5) return { colour: paletteColour(values[0]), used: 2 };
  if (kind !== 2) return { colour: null, used: 1 };
  // With colons a colour space may stand before the three.
  const [red = 0, green = 0, blue = 0] = hasColons && values.length > 3 ? values.slice(1) : values;
  const isColour = [red, green, blue].every((value) => value >= 0 && value <= 255);
  return { colour: isColour ? { kind: 'rgb', red, green, blue } : null, used: 4 };
}

function paletteColour(index: number | undefined): AnsiColour | null {
  return index !== undefined && index >= 0 && index <= 255 ? { kind: 'palette', index } : null;
}

const switches: Readonly<Record<number, Partial<AnsiStyle>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { foreground: null },
  49: { background: null },
};

/** `sub`: what follows a colon; `4:0` ends an underline. */
function applyCode(style: AnsiStyle, code: number, sub: number | undefined): AnsiStyle {
  if (code === 0) return plainStyle;
  if (code === 4 && sub === 0) return { ...style, underline: false };
  const change = switches[code];
  if (change !== undefined) return { ...style, ...change };
  const [base, bright] = [code % 10, code >= 90 ? 8 : 0];
  if (base > 7) return style;
  const colour: AnsiColour = { kind: 'palette', index: base + bright };
  const tens = code - base;
  if (tens === 30 || tens === 90) return { ...style, foreground: colour };
  if (tens === 40 || tens === 100) return { ...style, background: colour };
  return style;
}
