/** Schema pieces that both configuration files are made of. `title` is the noun that problems use. */
import { type TInteger, type TSchema, type TString, type TUnion, Type } from '@sinclair/typebox';
import { configLimits } from './config-limits.ts';
import { durationPattern } from './duration.ts';
import { globMaxLength } from './glob.ts';
import { sizePattern } from './size.ts';

export interface Words {
  readonly title?: string;
  readonly description: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

/** Fit for a folder name, a blob key and a segment of a URL on every system. */
export const namePattern = '^[A-Za-z0-9][A-Za-z0-9._-]*$';

function annotations(words: Words, title: string): Record<string, unknown> {
  const { examples, ...rest } = words;
  return { title, ...rest, ...(examples === undefined ? {} : { examples: [...examples] }) };
}

export function nameField(words: Words): TString {
  return Type.String({
    minLength: 1,
    maxLength: configLimits.nameLength,
    pattern: namePattern,
    ...annotations(words, 'name'),
  });
}

export function textField(words: Words, maxLength: number): TString {
  return Type.String({ minLength: 1, maxLength, ...annotations(words, 'text') });
}

export function integerField(words: Words, minimum: number, maximum: number): TInteger {
  return Type.Integer({ minimum, maximum, ...annotations(words, 'whole number') });
}

/** Its range is checked by `field-rules.ts`: JSON Schema can't compare "90s" with "2h". */
export function durationField(words: Words): TUnion<[TString, TInteger]> {
  return Type.Union(
    [
      Type.String({ pattern: durationPattern, maxLength: 64 }),
      Type.Integer({ minimum: 1, description: 'Milliseconds' }),
    ],
    { examples: ['90s', '30m', '2h'], ...annotations(words, 'duration') },
  );
}

export function sizeField(words: Words): TUnion<[TString, TInteger]> {
  return Type.Union(
    [
      Type.String({ pattern: sizePattern, maxLength: 32 }),
      Type.Integer({ minimum: 1, description: 'Bytes' }),
    ],
    { examples: ['500MiB', '1GiB'], ...annotations(words, 'size') },
  );
}

export function listField<T extends TSchema>(item: T, words: Words, size: { min?: number; max: number }) {
  return Type.Array(item, {
    ...(size.min === undefined ? {} : { minItems: size.min }),
    maxItems: size.max,
    ...annotations(words, 'list'),
  });
}

export function globsField(words: Words, title: string) {
  const glob = Type.String({ minLength: 1, maxLength: globMaxLength, title });
  return listField(glob, words, { max: configLimits.globs });
}

const Step = Type.String({
  minLength: 1,
  maxLength: configLimits.stepLength,
  title: 'shell script',
  description:
    'A shell script; `/bin/sh -e` runs it in the root of the checkout. A comment in its first line is its name.',
  examples: ['npm ci'],
});

export const Steps = listField(
  Step,
  {
    description:
      'What a build does, in order. Each step is one shell script and one run; the first that fails ends the build red.',
    examples: [['npm ci', 'npm test']],
  },
  { min: 1, max: configLimits.steps },
);

const VariableName = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' });
/** For editors; `field-rules.ts` refuses the same names with a reason. */
const propertyNames = { pattern: '^(?!CROFT_)[A-Za-z_][A-Za-z0-9_]*$' };

export const Env = Type.Record(
  VariableName,
  Type.String({ maxLength: configLimits.environmentBytes, title: 'text' }),
  {
    maxProperties: configLimits.variables,
    propertyNames,
    title: 'environment',
    description:
      'Environment variables of every step, beside PATH, HOME, TMPDIR, LANG, CI and CROFT_*. Names that start with CROFT_ are taken.',
    examples: [{ GOFLAGS: '-count=1' }],
  },
);

export const Secrets = Type.Record(
  VariableName,
  Type.String({ maxLength: configLimits.secretLength, title: 'text', writeOnly: true }),
  {
    maxProperties: configLimits.secrets,
    propertyNames,
    title: 'secrets',
    description:
      'Environment variables of every step whose values nobody may see: they stand in no page, no plan and no answer, and logs show asterisks in their place. A build that has them can do with them what it likes.',
    examples: [{ NPM_TOKEN: 'npm_0123456789abcdef' }],
  },
);

export const Artifacts = globsField(
  {
    description:
      'Files to keep after the steps, as globs relative to the root of the checkout. `*` stays inside of a folder, `**` does not.',
    examples: [['dist/**', 'coverage/*.xml']],
  },
  'glob',
);

export const SchemaLink = Type.String({
  maxLength: configLimits.urlLength,
  title: 'address',
  description:
    'Address of the JSON Schema of this file, for completion in an editor. Croft does not read it.',
  examples: ['http://localhost:8080/schema/croft.json'],
});
