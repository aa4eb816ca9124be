/** Schemas of the values that tables keep as JSON text. */
import { Type } from '@sinclair/typebox';
import { FarmErrorSchema, Platform } from '../../agent/wire/protocol.ts';
import { type Scope, scopes } from '../../core/access/types.ts';
import { anyJsonCodec, jsonCodec } from './json-column.ts';

const Scopes = Type.Array(Type.Unsafe<Scope>(Type.Union(scopes.map((scope) => Type.Literal(scope)))));

export const platformCodec = jsonCodec('machines.platform', Platform);
export const attemptErrorCodec = jsonCodec('attempts.error', FarmErrorSchema);
export const parentsCodec = jsonCodec('commits.parents', Type.Array(Type.String()));
export const scopesCodec = jsonCodec('access_tokens.scopes', Scopes);
export const journalDataCodec = anyJsonCodec('journal.data');
