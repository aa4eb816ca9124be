import type { Terminal } from '../terminal.ts';

export interface RememberingTerminal extends Terminal {
  readonly out: () => string;
  readonly notes: () => string;
}

/** A terminal for tests: what was written can be read back. */
export function rememberingTerminal(
  look: { readonly interactive?: boolean; readonly colours?: boolean; readonly width?: number } = {},
): RememberingTerminal {
  const written: string[] = [];
  const notes: string[] = [];
  return {
    write: (text) => written.push(text),
    writeBytes: (bytes) => written.push(new TextDecoder().decode(bytes)),
    note: (line) => notes.push(`${line}\n`),
    interactive: look.interactive ?? false,
    colours: look.colours ?? false,
    width: look.width ?? 80,
    out: () => written.join(''),
    notes: () => notes.join(''),
  };
}
