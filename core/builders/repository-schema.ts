/** `croft.json`, at the root of a repository: data only, written by the people whose code is built. */
import { type Static, Type } from '@sinclair/typebox';
import { configLimits } from './config-limits.ts';
import { Artifacts, durationField, Env, SchemaLink, Steps } from './fields.ts';

const recipe = {
  steps: Type.Optional(Steps),
  env: Type.Optional(Env),
  artifacts: Type.Optional(Artifacts),
  timeout: Type.Optional(
    durationField({
      description:
        "Longest time for all steps of one attempt together. The farm's own limit for the builder still holds.",
      examples: ['30m', '2h'],
    }),
  ),
  silence: Type.Optional(
    durationField({
      description: "Longest time without a byte of output. The farm's own limit for the builder still holds.",
      examples: ['5m'],
    }),
  ),
};

const RecipeSection = Type.Object(recipe, {
  additionalProperties: false,
  title: 'section',
  description:
    'What is different for these builders. A field that is left out comes from the top of the file.',
});

export const RepositoryFile = Type.Object(
  {
    $schema: Type.Optional(SchemaLink),
    ...recipe,
    builders: Type.Optional(
      Type.Record(Type.String(), RecipeSection, {
        maxProperties: configLimits.sections,
        title: 'sections',
        description:
          'Recipes for single builders, by name or glob. An exact name wins over globs, and of globs the first that matches.',
        examples: [{ 'windows-*': { steps: ['npm ci', 'npm run test:windows'] } }],
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'croft.json',
    description: 'How Croft builds and tests this repository.',
    examples: [{ steps: ['npm ci', 'npm test'], artifacts: ['dist/**'] }],
  },
);
export type RepositoryFile = Static<typeof RepositoryFile>;
