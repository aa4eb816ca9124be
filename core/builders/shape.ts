/** Structure of a configuration: what its schema says is wrong, in words and with a cure. */
import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';
import { pathText, segmentsOf, shortened } from './config-path.ts';
import { nearest } from './nearest.ts';
import type { ConfigProblem } from './types.ts';

/** All of them, one for each place, in the order of the file's schema. */
export function shapeProblems(schema: TSchema, value: unknown, limit: number): readonly ConfigProblem[] {
  const problems = new Map<string, ConfigProblem>();
  for (const error of precise(Value.Errors(schema, value))) {
    if (problems.size >= limit) break;
    // A field that is missing is also of the wrong type; the first thing said of a place is the one that matters.
    if (problems.has(error.path)) continue;
    const segments = segmentsOf(value, error.path);
    problems.set(error.path, { path: pathText(segments), ...wordsFor(error, String(segments.at(-1) ?? '')) });
  }
  return [...problems.values()];
}

/** Of a value that fits no alternative, the faults inside of it when some alternative looked there, else the fault itself. */
function* precise(errors: Iterable<ValueError>): Iterable<ValueError> {
  for (const error of errors) {
    const inside = error.errors
      .flatMap((alternative) => [...precise(alternative)])
      .filter((nested) => nested.path.length > error.path.length);
    if (inside.length === 0) yield error;
    else yield* inside;
  }
}

type Said = Pick<ConfigProblem, 'problem' | 'fix'>;

function wordsFor(error: ValueError, key: string): Said {
  const { schema } = error;
  const seen = schema['writeOnly'] === true ? 'The value' : shown(error.value);
  switch (error.type) {
    case ValueErrorType.ObjectAdditionalProperties:
      return unknownField(schema, key);
    case ValueErrorType.ObjectRequiredProperty:
      return { problem: 'This field is missing', fix: `Add it. ${advice(schema)}` };
    case ValueErrorType.StringMinLength:
    case ValueErrorType.ArrayMinItems:
      return { problem: 'It is empty', fix: `Give it a value or leave the field out. ${advice(schema)}` };
    case ValueErrorType.StringMaxLength:
      return { problem: `It is longer than ${schema['maxLength']} characters`, fix: 'Make it shorter' };
    case ValueErrorType.ArrayMaxItems:
      return { problem: `It has more than ${schema['maxItems']} items`, fix: 'Keep fewer' };
    case ValueErrorType.ObjectMaxProperties:
      return { problem: `It has more than ${schema['maxProperties']} entries`, fix: 'Keep fewer' };
    case ValueErrorType.IntegerMinimum:
      return { problem: `${seen} is less than ${schema['minimum']}`, fix: advice(schema) };
    case ValueErrorType.IntegerMaximum:
      return { problem: `${seen} is more than ${schema['maximum']}`, fix: advice(schema) };
    case ValueErrorType.StringPattern:
      return { problem: `${seen} can't be used as ${kindOf(schema)}`, fix: patternAdvice(schema) };
    default:
      return { problem: `${seen} is not ${kindOf(schema)}`, fix: advice(schema) };
  }
}

function unknownField(schema: TSchema, key: string): Said {
  const fields = Object.keys(schema['properties'] ?? {});
  const meant = nearest(key, fields);
  return {
    problem: `There is no field ${JSON.stringify(shortened(key, 64))} here`,
    fix:
      meant === null
        ? `Remove it. The fields here are ${fields.join(', ')}`
        : `Did you mean ${JSON.stringify(meant)}?`,
  };
}

function kindOf(schema: TSchema): string {
  const title = String(schema.title ?? schema['type'] ?? 'value of the right kind');
  return `${/^[aeio]/.test(title) ? 'an' : 'a'} ${title}`;
}

function patternAdvice(schema: TSchema): string {
  return `Use letters, digits, ".", "_" and "-", beginning with a letter or digit. ${advice(schema)}`;
}

/** What the field is for, and how one looks. */
function advice(schema: TSchema): string {
  const example: unknown = Array.isArray(schema.examples) ? schema.examples[0] : undefined;
  const sentences = [
    ...(schema.description === undefined ? [] : [schema.description]),
    ...(example === undefined ? [] : [`For example: ${JSON.stringify(example)}`]),
  ];
  return sentences.length > 0 ? sentences.join(' ') : `Write ${kindOf(schema)}`;
}

/** Short enough for a page; objects only by kind, since a page is no place for somebody's environment. */
function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(shortened(value, 60));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === undefined) return 'Nothing';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
