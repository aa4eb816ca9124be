/** The two files' schemas as plain JSON Schema, for editors. */
import type { TSchema } from '@sinclair/typebox';
import { FarmFile } from './farm-schema.ts';
import { RepositoryFile } from './repository-schema.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export const farmSchema: JsonSchema = published(FarmFile);
export const repositorySchema: JsonSchema = published(RepositoryFile);

/** TypeBox keeps its own marks under symbols; what is left as JSON is JSON Schema. */
function published(schema: TSchema): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...JSON.parse(JSON.stringify(schema)) };
}
