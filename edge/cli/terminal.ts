/** Where a command writes. The real one is made in `main.ts`; tests pass one that remembers. */
export interface Terminal {
  /** Text for standard output, as it is. */
  write(text: string): void;
  writeBytes(bytes: Uint8Array): void;
  /** One line for standard error: progress and errors. */
  note(line: string): void;
  /** Standard output is a terminal that a person looks at. */
  readonly interactive: boolean;
  readonly colours: boolean;
  /** Columns; only meaningful when `interactive`. */
  readonly width: number;
}

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'grey' | 'bold';

const codes: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  grey: [90, 39],
  bold: [1, 22],
};

export function paint(terminal: Terminal, colour: Colour, text: string): string {
  if (!terminal.colours || text === '') return text;
  const [on, off] = codes[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

export function writeLine(terminal: Terminal, line = ''): void {
  terminal.write(`${line}\n`);
}

/** https://no-color.org: any value that is not empty switches colours off. */
export function wantsColours(environment: {
  readonly noColor: string | undefined;
  readonly term: string | undefined;
  readonly isTerminal: boolean;
}): boolean {
  if (environment.noColor !== undefined && environment.noColor !== '') return false;
  return environment.isTerminal && environment.term !== 'dumb';
}
