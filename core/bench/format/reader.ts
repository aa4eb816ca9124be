import type { BenchVisitor } from '../types.ts';
import { decodeBytes } from './byte-text.ts';
import { createConfigState } from './config.ts';
import { createFastLines } from './fast-line.ts';
import { type Line, parseLine } from './line.ts';
import { createUnitMetadata, type UnitMetadata } from './unit-metadata.ts';

/** Reads files of the benchmark format, one after the other, in pieces as they come. */
export interface BenchReader {
  /** The next file; its configuration begins with the internal entries that are given, like `.file`. */
  begin(file: string, internal?: Readonly<Record<string, string>>): void;
  /** Tells the visitor at once of what is complete. The bytes may be reused afterwards. */
  push(bytes: Uint8Array): void;
  /** A last line without a line end counts. */
  end(): void;
  readonly units: UnitMetadata;
}

const newline = 10;
const carriageReturn = 13;
const prefix = [66, 101, 110, 99, 104, 109, 97, 114, 107] as const;
/** A longer line is skipped and told as an error, so that a stream without line ends can't fill the memory. */
export const longestLineBytes = 16 * 1024 * 1024;

export function createBenchReader(visitor: BenchVisitor): BenchReader {
  const units = createUnitMetadata();
  const fast = createFastLines();
  let config = createConfigState();
  let file = '';
  let lineNumber = 0;
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let skipsLine = false;

  /** `buffer` has whole lines only. */
  function readLines(buffer: Uint8Array): void {
    for (let at = 0; at < buffer.length; ) {
      lineNumber++;
      if (beginsResult(buffer, at)) {
        const line = fast.read(buffer, at + prefix.length);
        if (line !== null) {
          const { name, iterations, values, units: row } = line;
          visitor.result({ name, iterations, values, units: row, config: config.current() });
          at = buffer.indexOf(newline, at + prefix.length) + 1;
          continue;
        }
      }
      const end = buffer.indexOf(newline, at);
      if (canMatter(buffer, at, end)) readText(buffer.subarray(at, end));
      at = end + 1;
    }
  }

  function readText(bytes: Uint8Array): void {
    const length = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
    handle(parseLine(decodeBytes(bytes.subarray(0, length))));
  }

  function handle(line: Line): void {
    if (line.kind === 'config') config.set(line.key, line.value, 'file');
    else if (line.kind === 'error') fail(line.message);
    else if (line.kind === 'unit') addUnitFacts(line.unit, line.fields);
    else if (line.kind === 'result') {
      const { iterations, values } = line;
      const name = fast.nameOf(line.name);
      visitor.result({ name, iterations, values, units: fast.unitsOf(line.units), config: config.current() });
    }
  }

  function addUnitFacts(unit: string, fields: readonly string[]): void {
    for (const field of fields) {
      const mark = field.indexOf('=');
      if (mark <= 0) {
        fail('expected key=value');
        continue;
      }
      const key = field.slice(0, mark);
      const addition = units.add(unit, key, field.slice(mark + 1));
      if (addition.outcome === 'conflict') {
        fail(`metadata ${key} of unit ${unit} already set to ${addition.before}`);
      } else if (addition.outcome === 'added') visitor.unit?.(addition.fact);
    }
  }

  function fail(message: string): void {
    visitor.syntaxError({ file, line: lineNumber, message });
  }

  function keep(bytes: Uint8Array): void {
    if (skipsLine || bytes.length === 0) return;
    if (restBytes + bytes.length > longestLineBytes) {
      skipsLine = true;
      rest = [];
      restBytes = 0;
      return;
    }
    rest.push(bytes.slice());
    restBytes += bytes.length;
  }

  /** The line that began in earlier pieces and ends with `bytes`. */
  function finishLine(bytes: Uint8Array): void {
    if (!skipsLine && restBytes + bytes.length > longestLineBytes) skipsLine = true;
    if (skipsLine) {
      lineNumber++;
      fail(`line is longer than ${longestLineBytes} bytes`);
    } else readLines(joined([...rest, bytes]));
    rest = [];
    restBytes = 0;
    skipsLine = false;
  }

  return {
    units,
    begin(name, internal = {}) {
      file = name;
      lineNumber = 0;
      config = createConfigState();
      for (const [key, value] of Object.entries(internal)) config.set(key, value, 'internal');
    },
    push(bytes) {
      let from = 0;
      if (restBytes > 0 || skipsLine) {
        const end = bytes.indexOf(newline);
        if (end < 0) return keep(bytes);
        finishLine(bytes.subarray(0, end + 1));
        from = end + 1;
      }
      const end = bytes.lastIndexOf(newline) + 1;
      if (end > from) readLines(bytes.subarray(from, end));
      keep(bytes.subarray(Math.max(from, end)));
    },
    end() {
      if (restBytes > 0 || skipsLine) finishLine(Uint8Array.of(newline));
    },
  };
}

function beginsResult(buffer: Uint8Array, at: number): boolean {
  for (let place = 0; place < prefix.length; place++) {
    if (buffer[at + place] !== prefix[place]) return false;
  }
  return true;
}

/** Log noise is most of a build's output: a line without a colon and without `Unit` is nothing, unless it begins a result. */
function canMatter(buffer: Uint8Array, at: number, end: number): boolean {
  if (end === at) return false;
  const first = buffer[at] as number;
  if ((first >= 97 && first <= 122) || first >= 0x80) return true;
  // `B`enchmark and `U`nit.
  return first === 66 || first === 85;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
