/** Schemas made into checks. Each schema is compiled once, when it is first met; the check of a message costs microseconds. */
import type { Static, TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { type FarmError, invalidInput } from './farm-error.ts';

const compiled = new WeakMap<TSchema, TypeCheck<TSchema>>();

function checkOf(schema: TSchema): TypeCheck<TSchema> {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = TypeCompiler.Compile(schema);
    compiled.set(schema, check);
  }
  return check;
}

export function isValid<S extends TSchema>(schema: S, value: unknown): value is Static<S> {
  return checkOf(schema).Check(value);
}

/**
 * Gives `value` its type or throws `invalid_input` naming the first wrong field below `name`. The value itself is never part of
 * the message: it may be long, and it may be a secret.
 */
export function parse<S extends TSchema>(schema: S, value: unknown, name: string): Static<S> {
  if (isValid(schema, value)) return value;
  throw explain(schema, value, name);
}

function explain(schema: TSchema, value: unknown, name: string): FarmError {
  const first = checkOf(schema).Errors(value).First();
  const path = (first?.path ?? '').slice(0, 200).replaceAll('/', '.');
  return invalidInput(`${name}${path}`, first?.message ?? 'Not what is expected');
}
