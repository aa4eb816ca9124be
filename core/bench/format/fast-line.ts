/**
 * Reads result lines of the usual form (ASCII, plain decimal numbers) straight from bytes. Whatever is not of that form is left to
 * `line.ts`, which knows all the rules: for every line this gives either the same answer or none.
 */
import { createByteInterner, hashByte, hashStart, sameBytes } from './byte-interner.ts';
import { parseGoFloat } from './go-numbers.ts';
import { type BenchName, parseName } from './name.ts';
import { tidyUnit, type Unit } from './unit.ts';

/** Taken over by the caller before the next line. */
export interface FastLine {
  name: BenchName;
  iterations: number;
  values: number[];
  units: readonly Unit[];
}

export interface FastLines {
  /** The line that begins at `start`, which is past `Benchmark`, and has a line end before the end of the buffer. */
  read(buffer: Uint8Array, start: number): FastLine | null;
  /** Shares names and units with the lines that came as text. */
  nameOf(text: string): BenchName;
  unitsOf(written: readonly string[]): readonly Unit[];
}

interface UnitEntry {
  readonly unit: Unit;
  readonly bytes: Uint8Array;
}
interface Row {
  readonly units: readonly Unit[];
  readonly entries: readonly UnitEntry[];
}
interface NameEntry {
  readonly name: BenchName;
  /** The units of the last line of this name: the next one most likely has the same. */
  row: Row;
}

const newline = 10;
const carriageReturn = 13;
const blank = 32;
const tab = 9;
const zero = 48;
const point = 46;
const minus = 45;
const longestName = 4096;
const mostDigits = 15;
const powers = Array.from({ length: mostDigits + 1 }, (_, digits) => 10 ** digits);
const noUnits: Row = { units: [], entries: [] };

export function createFastLines(): FastLines {
  const names = createByteInterner<NameEntry>((text) => ({ name: parseName(text), row: noUnits }));
  const unitEntries = createByteInterner<UnitEntry>(newUnitEntry);
  const rows = new Map<string, Row>();
  const slowNames = new Map<string, BenchName>();
  const slowUnits = new Map<string, Unit>();
  // Where the last number or unit ended; a field, because a function has one result only.
  let at = 0;

  function readName(buffer: Uint8Array, start: number): NameEntry | null {
    let hash = hashStart;
    let end = start;
    for (; ; end++) {
      const byte = buffer[end] as number;
      if (byte <= blank) break;
      if (byte >= 0x80) return null;
      hash = hashByte(hash, byte);
    }
    const stop = buffer[end];
    if ((stop !== blank && stop !== tab) || end - start > longestName) return null;
    at = end;
    return names.find(buffer, start, end, hash);
  }

  function skipBlanks(buffer: Uint8Array): void {
    let byte = buffer[at];
    while (byte === blank || byte === tab) byte = buffer[++at];
  }

  /** NaN stands for "not of the usual form". */
  function readCount(buffer: Uint8Array): number {
    const start = at;
    let count = 0;
    let digit = (buffer[at] as number) - zero;
    while (digit >= 0 && digit <= 9) {
      count = count * 10 + digit;
      digit = (buffer[++at] as number) - zero;
    }
    const digits = at - start;
    return digits === 0 || digits > mostDigits || !isBlank(buffer[at]) ? Number.NaN : count;
  }

  /** A quotient of two exactly known numbers is the double nearest to the text, with up to 15 digits. */
  function readValue(buffer: Uint8Array): number {
    const start = at;
    const negative = buffer[at] === minus;
    if (negative) at++;
    let mantissa = 0;
    let digits = 0;
    let fraction = -1;
    for (; ; at++) {
      const byte = buffer[at] as number;
      if (byte >= zero && byte <= zero + 9) {
        mantissa = mantissa * 10 + (byte - zero);
        digits++;
        if (fraction >= 0) fraction++;
      } else if (byte === point && fraction < 0) fraction = 0;
      else break;
    }
    if (digits === 0 || digits > mostDigits || !isBlank(buffer[at])) return readOtherValue(buffer, start);
    const value = fraction > 0 ? mantissa / (powers[fraction] as number) : mantissa;
    return negative ? -value : value;
  }

  function readOtherValue(buffer: Uint8Array, start: number): number {
    let text = '';
    for (at = start; (buffer[at] as number) > blank; at++) text += String.fromCharCode(buffer[at] as number);
    const parsed = parseGoFloat(text);
    return parsed.problem === undefined && isBlank(buffer[at]) ? parsed.value : Number.NaN;
  }

  function readUnit(buffer: Uint8Array, expected: UnitEntry | undefined): UnitEntry | null {
    const start = at;
    if (expected !== undefined) {
      const end = start + expected.bytes.length;
      if ((buffer[end] as number) <= blank && sameBytes(buffer, start, end, expected.bytes)) {
        at = end;
        return expected;
      }
    }
    let hash = hashStart;
    for (; ; at++) {
      const byte = buffer[at] as number;
      if (byte <= blank) break;
      if (byte >= 0x80) return null;
      hash = hashByte(hash, byte);
    }
    return at === start || at - start > longestName ? null : unitEntries.find(buffer, start, at, hash);
  }

  /** The rest of a line that has other units than the last line of its name. */
  function readNewRow(buffer: Uint8Array, known: readonly UnitEntry[], values: number[]): Row | null {
    const entries = [...known];
    for (skipBlanks(buffer); !isLineEnd(buffer, at); skipBlanks(buffer)) {
      const value = readValue(buffer);
      if (Number.isNaN(value)) return null;
      skipBlanks(buffer);
      const entry = readUnit(buffer, undefined);
      if (entry === null) return null;
      values.push(value);
      entries.push(entry);
    }
    return rowOf(entries);
  }

  function rowOf(entries: readonly UnitEntry[]): Row {
    const key = entries.map((entry) => entry.unit.written).join(' ');
    let row = rows.get(key);
    if (row === undefined) {
      if (rows.size >= 10_000) rows.clear();
      row = { entries, units: entries.map((entry) => entry.unit) };
      rows.set(key, row);
    }
    return row;
  }

  function readPairs(buffer: Uint8Array, expected: Row, values: number[]): Row | null {
    const entries = expected.entries;
    for (let place = 0; ; place++) {
      skipBlanks(buffer);
      if (isLineEnd(buffer, at)) {
        return place === entries.length ? expected : rowOf(entries.slice(0, place));
      }
      if (place === entries.length) return readNewRow(buffer, entries, values);
      const value = readValue(buffer);
      if (Number.isNaN(value)) return null;
      skipBlanks(buffer);
      const entry = readUnit(buffer, entries[place]);
      if (entry === null) return null;
      values.push(value);
      if (entry !== entries[place]) return readNewRow(buffer, [...entries.slice(0, place), entry], values);
    }
  }

  return {
    read(buffer, start) {
      const entry = readName(buffer, start);
      if (entry === null) return null;
      skipBlanks(buffer);
      const iterations = readCount(buffer);
      if (Number.isNaN(iterations)) return null;
      const values: number[] = [];
      const row = readPairs(buffer, entry.row, values);
      if (row === null || values.length === 0) return null;
      entry.row = row;
      return { name: entry.name, iterations, values, units: row.units };
    },
    nameOf: (text) => remembered(slowNames, text, parseName),
    unitsOf: (written) => written.map((unit) => remembered(slowUnits, unit, tidyUnit)),
  };
}

function newUnitEntry(text: string): UnitEntry {
  return { unit: tidyUnit(text), bytes: new TextEncoder().encode(text) };
}

function isBlank(byte: number | undefined): boolean {
  return byte === blank || byte === tab;
}

function isLineEnd(buffer: Uint8Array, at: number): boolean {
  return buffer[at] === newline || (buffer[at] === carriageReturn && buffer[at + 1] === newline);
}

function remembered<T>(known: Map<string, T>, text: string, create: (text: string) => T): T {
  let value = known.get(text);
  if (value === undefined) {
    if (known.size >= 10_000) known.clear();
    value = create(text);
    known.set(text, value);
  }
  return value;
}
