import type { Static, TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { FarmError } from '../../agent/wire/farm-error.ts';

/** How a value stands in a text column: written as JSON, and checked against its schema when it is read back. */
export interface JsonCodec<T> {
  encode(value: T): string;
  /** Rejects with `storage_failed`, naming the column, when the stored text is not what the schema says. */
  decode(text: string): T;
}

export function jsonCodec<S extends TSchema>(column: string, schema: S): JsonCodec<Static<S>> {
  const check = TypeCompiler.Compile(schema);
  function decode(text: string): Static<S> {
    const value = parse(column, text);
    if (check.Check(value)) return value;
    const problem = check.Errors(value).First();
    throw damaged(
      column,
      problem === undefined ? 'does not fit' : `${problem.path || '/'} ${problem.message}`,
    );
  }
  return { encode: (value) => JSON.stringify(value), decode };
}

/** JSON of any shape; whoever wrote it knows its schema. */
export function anyJsonCodec(column: string): JsonCodec<unknown> {
  return { encode: (value) => JSON.stringify(value ?? null), decode: (text) => parse(column, text) };
}

function parse(column: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(column, 'is not JSON', error);
  }
}

function damaged(column: string, problem: string, cause?: unknown): FarmError {
  return new FarmError('storage_failed', `The stored value of ${column} is damaged: ${problem}`, {
    blame: 'farm',
    details: { column },
    cause,
  });
}
