import { neighbourOf, type Program } from './program.ts';

export interface ByteClasses {
  readonly classOf: Uint8Array;
  /** One byte of each class. */
  readonly examples: readonly number[];
}

const newline = 10;

/** Bytes that no instruction of the program tells apart share a class. */
export function byteClasses(program: Program): ByteClasses {
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
