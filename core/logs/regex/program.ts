/**
 * An expression as a program of a nondeterministic automaton over the bytes of UTF-8 (K. Thompson, 1968). Instruction `pc` is
 * `kinds[pc]` with its operands; of a split, `first` is preferred.
 */
import { invalidInput } from '../../../agent/wire/farm-error.ts';
import type { CodeRange } from './code-ranges.ts';
import type { Expression, Place } from './syntax.ts';
import { utf8Sequences } from './utf8-ranges.ts';

export type Instruction =
  | { readonly kind: 'byte'; readonly from: number; readonly to: number; readonly next: number }
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'place'; readonly place: Place; readonly next: number }
  | { readonly kind: 'match' };

export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
}

const largestProgram = 4_000;

export function compileProgram(expression: Expression): Program {
  const instructions: Instruction[] = [];

  function emit(instruction: Instruction): number {
    if (instructions.length >= largestProgram) {
      const problem = 'The regular expression can not be used: it is too large; use smaller repetitions';
      throw invalidInput('query', problem);
    }
    return instructions.push(instruction) - 1;
  }

  function compile(part: Expression, next: number): number {
    switch (part.kind) {
      case 'set':
        return compileSet(part.ranges, next);
      case 'place':
        return emit({ kind: 'place', place: part.place, next });
      case 'sequence':
        return part.parts.reduceRight((after, item) => compile(item, after), next);
      case 'choice':
        return part.options
          .map((option) => compile(option, next))
          .reduceRight((second, first) => emit({ kind: 'split', first, second }));
      case 'repeat':
        return compileRepeat(part, next);
    }
  }

  /** Sequences that end alike share their end. */
  function compileSet(ranges: readonly CodeRange[], next: number): number {
    const known = new Map<string, number>();
    const starts = utf8Sequences(ranges).map((sequence) =>
      sequence.reduceRight((after, [from, to]) => {
        const key = `${from} ${to} ${after}`;
        const pc = known.get(key) ?? emit({ kind: 'byte', from, to, next: after });
        known.set(key, pc);
        return pc;
      }, next),
    );
    // An empty set matches nothing: a byte that UTF-8 never has.
    if (starts.length === 0) return emit({ kind: 'byte', from: 0xff, to: 0xff, next });
    return starts.reduceRight((second, first) => emit({ kind: 'split', first, second }));
  }

  function compileRepeat(repeat: Extract<Expression, { kind: 'repeat' }>, next: number): number {
    const { part, min, max, greedy } = repeat;
    const either = (body: number, after: number) =>
      greedy ? { first: body, second: after } : { first: after, second: body };
    let start = next;
    let copies = min;
    if (max === null) {
      const loop = emit({ kind: 'match' });
      const body = compile(part, loop);
      instructions[loop] = { kind: 'split', ...either(body, next) };
      // The last of the copies that have to be is the body of the loop itself.
      start = min > 0 ? body : loop;
      copies = Math.max(0, min - 1);
    } else {
      for (let more = max - min; more > 0; more--) {
        start = emit({ kind: 'split', ...either(compile(part, start), next) });
      }
    }
    for (; copies > 0; copies--) start = compile(part, start);
    return start;
  }

  const start = compile(expression, emit({ kind: 'match' }));
  return { instructions, start };
}

/** What stands on either side of a place between two bytes. */
export const lineEdge = 0;
export const wordByte = 1;
export const otherByte = 2;
/** Before it is no place at all, but the middle of a character. */
export const innerByte = 3;
export type Neighbour = typeof lineEdge | typeof wordByte | typeof otherByte | typeof innerByte;

export function neighbourOf(byte: number): Neighbour {
  if (byte === 10) return lineEdge;
  if ((byte & 0xc0) === 0x80) return innerByte;
  const isLetter = (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
  return isLetter || (byte >= 48 && byte <= 57) || byte === 95 ? wordByte : otherByte;
}

export function holds(place: Place, before: Neighbour, after: Neighbour): boolean {
  switch (place) {
    case 'start':
      return before === lineEdge;
    case 'end':
      return after === lineEdge;
    case 'word-border':
      return (before === wordByte) !== (after === wordByte);
    case 'no-word-border':
      return after !== innerByte && (before === wordByte) === (after === wordByte);
  }
}
