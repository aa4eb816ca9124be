/**
 * Where in a line an expression matches first: all ways are followed at once, in the order in which a backtracking matcher would
 * try them, so that the answer is the same (R. Pike; R. Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009).
 * Costs at most the length of the line times that of the program.
 */
import { holds, lineEdge, type Neighbour, neighbourOf, type Program } from './program.ts';

export interface ByteMatch {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Ways under way at one place: instructions in order of preference, each with where its match began. */
interface Ways {
  readonly pcs: number[];
  readonly begins: number[];
}

/** Instructions looked at between two pauses; some 5 ms. */
const workAtOnce = 200_000;

/** `line` has no newline. */
export function firstMatch(program: Program, line: Uint8Array): ByteMatch | null {
  const steps = matchInSteps(program, line);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, in steps between which others can have their turn. */
export function* matchInSteps(program: Program, line: Uint8Array): Generator<void, ByteMatch | null> {
  let work = 0;
  const visited = new Int32Array(program.instructions.length).fill(-1);
  let now: Ways = { pcs: [], begins: [] };
  let found: ByteMatch | null = null;

  function neighbourAt(index: number): Neighbour {
    const byte = line[index];
    return byte === undefined ? lineEdge : neighbourOf(byte);
  }

  /** Follows all that needs no byte, and gives the ways that wait for one; a match cuts off those after it. */
  function follow(ways: Ways, at: number): Ways {
    const waiting: Ways = { pcs: [], begins: [] };
    const [before, after] = [neighbourAt(at - 1), neighbourAt(at)];
    for (const [order, first] of ways.pcs.entries()) {
      const begin = ways.begins[order] ?? at;
      const stack = [first];
      for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
        if (visited[pc] === at) continue;
        visited[pc] = at;
        work++;
        const instruction = program.instructions[pc];
        if (instruction === undefined || instruction.kind === 'match') {
          found = { from: begin, to: at };
          return waiting;
        }
        if (instruction.kind === 'split') stack.push(instruction.second, instruction.first);
        else if (instruction.kind === 'place') {
          if (holds(instruction.place, before, after)) stack.push(instruction.next);
        } else {
          waiting.pcs.push(pc);
          waiting.begins.push(begin);
        }
      }
    }
    return waiting;
  }

  for (let at = 0; at <= line.length; at++) {
    if (found === null) {
      now.pcs.push(program.start);
      now.begins.push(at);
    } else if (now.pcs.length === 0) {
      break;
    }
    const waiting = follow(now, at);
    if (work > workAtOnce) {
      work = 0;
      yield;
    }
    now = { pcs: [], begins: [] };
    for (const [order, pc] of waiting.pcs.entries()) {
      const instruction = program.instructions[pc];
      const byte = line[at] ?? -1;
      if (instruction?.kind !== 'byte' || byte < instruction.from || byte > instruction.to) continue;
      now.pcs.push(instruction.next);
      now.begins.push(waiting.begins[order] ?? at);
    }
  }
  return found;
}
