/**
 * Finds lines that an expression matches, at some 700 MB/s: the automaton made deterministic while it runs (A. Aho, R. Sethi,
 * J. Ullman, "Compilers", 3.7). Each step is one look-up; states are made when they are first reached, and forgotten when there are
 * too many. No text makes it slower than one pass over the program for each byte; and that it tells, so that others get their turn.
 */
import { byteClasses } from './byte-classes.ts';
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
   * `nowhere` when there is no such line; `paused` when it has worked for long: asked the same again, it goes on. `bytes` end in
   * a newline.
   */
  next(bytes: Uint8Array, from: number): number;
  /** How far it had come when it paused. */
  readonly pausedAt: number;
}

export const nowhere = -1;
export const paused = -2;

interface State {
  /** Instructions that the next byte is tried on, sorted. */
  readonly pcs: readonly number[];
  readonly before: Neighbour;
}

/** Where a scan goes on. */
interface Pause {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly at: number;
  readonly state: State;
}

const unknown = -1;
const matched = -2;
const maxTableCells = 400_000;
const maxHeldPcs = 500_000;
/** Instructions looked at before a pause; some 5 ms. */
const workAtOnce = 200_000;
const newline = 10;

export function createLineScanner(program: Program): LineScanner {
  const { classOf, examples } = byteClasses(program);
  const width = examples.length;
  const maxStates = Math.max(16, Math.floor(maxTableCells / width));
  const lineStart: State = { pcs: [program.start], before: lineEdge };
  const visited = new Int32Array(program.instructions.length);
  let table = new Int32Array(16 * width).fill(unknown);
  let states: State[] = [];
  let byKey = new Map<string, number>();
  let heldPcs = 0;
  let generation = 0;
  let visit = 0;
  let work = 0;
  let pause: Pause | null = null;

  /** A state is named by where its row begins. */
  function rowOf(state: State): number {
    const key = `${state.before} ${state.pcs.join()}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    if (states.length >= maxStates || heldPcs > maxHeldPcs) forgetStates();
    const row = states.length * width;
    states.push(state);
    byKey.set(key, row);
    heldPcs += state.pcs.length;
    work += state.pcs.length;
    if (row + width > table.length) {
      const larger = new Int32Array(table.length * 2).fill(unknown);
      larger.set(table);
      table = larger;
    }
    return row;
  }

  function forgetStates(): void {
    states = [lineStart];
    byKey = new Map([[`${lineEdge} ${program.start}`, 0]]);
    heldPcs = 0;
    table.fill(unknown);
    generation++;
  }

  /** Where `row` goes with a byte of `byteClass`; a match that ends before that byte is `matched`. */
  function step(row: number, byteClass: number): number {
    const before = generation;
    const byte = examples[byteClass] ?? 0;
    const after = neighbourOf(byte);
    const reached = closure(states[row / width] ?? lineStart, after, byte);
    // Behind a character it is all the same how many bytes it had.
    const next =
      reached === null
        ? matched
        : byte === newline
          ? 0
          : rowOf({ pcs: reached, before: after === innerByte ? otherByte : after });
    // After states were forgotten, the row belongs to another one.
    if (generation === before) table[row + byteClass] = next;
    return next;
  }

  /** Instructions after `byte`; null when a match is complete before it. A new match may begin at every byte. */
  function closure(state: State, after: Neighbour, byte: number): readonly number[] | null {
    const reached = new Set([program.start]);
    const stack = [...state.pcs];
    visit++;
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (visited[pc] === visit) continue;
      visited[pc] = visit;
      work++;
      const instruction = program.instructions[pc];
      if (instruction === undefined || instruction.kind === 'match') return null;
      if (instruction.kind === 'split') stack.push(instruction.first, instruction.second);
      else if (instruction.kind === 'byte') {
        if (byte >= instruction.from && byte <= instruction.to) reached.add(instruction.next);
      } else if (holds(instruction.place, state.before, after)) stack.push(instruction.next);
    }
    return [...reached].sort((a, b) => a - b);
  }

  function resumed(bytes: Uint8Array, from: number): { readonly at: number; readonly row: number } {
    const found = pause;
    pause = null;
    work = 0;
    const isSame = found !== null && found.bytes === bytes && found.from === from;
    return isSame ? { at: found.at, row: rowOf(found.state) } : { at: from, row: 0 };
  }

  forgetStates();
  return {
    get pausedAt() {
      return pause?.at ?? 0;
    },
    next(bytes, from) {
      let { at, row } = resumed(bytes, from);
      for (; at < bytes.length; at++) {
        const byteClass = classOf[bytes[at] ?? 0] ?? 0;
        let next = table[row + byteClass] ?? unknown;
        if (next < 0) {
          if (next === unknown) next = step(row, byteClass);
          if (next === matched) return at;
          if (work > workAtOnce) {
            pause = { bytes, from, at: at + 1, state: states[next / width] ?? lineStart };
            return paused;
          }
        }
        row = next;
      }
      return nowhere;
    },
  };
}
