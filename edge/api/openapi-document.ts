/**
 * The API's OpenAPI document, made from the routes themselves and then completed: what every route has in common (problems, access),
 * one name for each shape that comes back, and numbers in queries as numbers.
 */
import { toOpenAPISchema } from '@elysiajs/openapi';
import { Kind, OptionalKind } from '@sinclair/typebox';
import { type AnyElysia, Elysia } from 'elysia';
import * as model from './model.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

export interface DocumentOptions {
  readonly version: string;
  /** Paths that are not told of. */
  readonly hidden: readonly string[];
}

const description = `A build farm that you own. Everything that the pages show is read here.

Anyone may read unless the farm says otherwise; acting needs \`Authorization: Bearer TOKEN\`. Errors are problem+json (RFC 9457) with the
farm's own \`code\`, and \`field\` names what was wrong. Lists go on with \`cursor\` = the \`next\` of the page before, until it is null.
Instants are ISO 8601 in UTC, durations are milliseconds, ids are opaque.`;

export function openapiDocument(app: AnyElysia, options: DocumentOptions): JsonObject {
  const raw = toOpenAPISchema(withoutParsers(app), { staticFile: false, paths: [...options.hidden] });
  const names = new Map(
    namedSchemas().map(([name, schema]) => [JSON.stringify(schema), `#/components/schemas/${name}`]),
  );
  const optionalBodies = new Set(
    app.routes
      .filter(({ hooks }) => hooks.body !== undefined && OptionalKind in hooks.body)
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:([^/]+)/g, '{$1}')}`),
  );
  const paths = Object.entries(asObject(plain(raw.paths))).map(([path, item]) => [
    path,
    Object.fromEntries(
      Object.entries(asObject(item)).map(([method, operation]) => [
        method,
        withNames(completed(method, asObject(operation), optionalBodies.has(`${method} ${path}`)), names),
      ]),
    ),
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'Croft', version: options.version, description, license: { name: 'BSD-3-Clause' } },
    security: [{}, { bearer: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: {
          description: 'What was wrong; `code` and `field` are for programs, `detail` for people',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      schemas: Object.fromEntries(
        namedSchemas().map(([name, schema]) => [name, withNames(schema, names, JSON.stringify(schema))]),
      ),
    },
  };
}

/** A parser of our own hides from the plugin that bodies are JSON. */
function withoutParsers(app: AnyElysia): AnyElysia {
  const routes = app.routes.map((route) => ({ ...route, hooks: { ...route.hooks, parse: undefined } }));
  return Object.create(app, { getGlobalRoutes: { value: () => routes } });
}

function completed(method: string, operation: JsonObject, bodyIsOptional: boolean): JsonObject {
  const { requestBody, responses, parameters, ...rest } = operation;
  const content = asObject(asObject(requestBody ?? {})['content'] ?? {});
  const json = content['application/json'];
  return {
    ...rest,
    ...(method === 'get' || rest['security'] !== undefined ? {} : { security: [{ bearer: [] }] }),
    ...(parameters === undefined ? {} : { parameters: asList(parameters).map(parameterOf) }),
    ...(json === undefined
      ? {}
      : { requestBody: { required: !bodyIsOptional, content: { 'application/json': simplified(json) } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(asObject(responses ?? {})).map(([status, answer]) => [
          status,
          { ...asObject(simplified(answer)), description: descriptionOf(status, asObject(answer)) },
        ]),
      ),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

/** What has a default may be left out. */
function parameterOf(parameter: Json): Json {
  const { schema, required, ...rest } = asObject(parameter);
  const simple = asObject(simplified(schema ?? {}));
  return { ...rest, required: required === true && simple['default'] === undefined, schema: simple };
}

function descriptionOf(status: string, answer: JsonObject): Json {
  const text = answer['description'];
  if (typeof text === 'string' && !text.startsWith('Response for status')) return text;
  return status === '201' ? 'Made' : status === '202' ? 'Taken' : 'As asked';
}

/** Every schema of the model under the name that it has there, in the plugin's terms: as the answer of a route. */
function namedSchemas(): readonly (readonly [string, Json])[] {
  const app = new Elysia();
  for (const [name, schema] of Object.entries(model)) {
    if (typeof schema === 'object' && Kind in schema)
      app.get(name, ({ status }) => status(200, undefined as never), { response: schema });
  }
  return Object.entries(asObject(plain(toOpenAPISchema(app).paths))).map(([path, item]) => {
    const { responses } = asObject(asObject(item)['get'] ?? {});
    const content = asObject(asObject(responses ?? {})['200'] ?? {})['content'];
    const { schema } = asObject(asObject(content ?? {})['application/json'] ?? {});
    return [path.replace('/', ''), simplified(schema ?? {})];
  });
}

/** `itself` keeps a schema from being replaced by a reference to itself. */
function withNames(value: Json, names: ReadonlyMap<string, string>, itself = ''): Json {
  if (value === null || typeof value !== 'object') return value;
  const text = JSON.stringify(value);
  const name = text === itself ? undefined : names.get(text);
  if (name !== undefined) return { $ref: name };
  const present = isList(value) ? null : withoutNull(value);
  const nameOfPresent = present === null ? undefined : names.get(JSON.stringify(present));
  if (nameOfPresent !== undefined) return { anyOf: [{ $ref: nameOfPresent }, { type: 'null' }] };
  if (isList(value)) return value.map((item) => withNames(item, names, itself));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withNames(item, names, itself)]),
  );
}

/** The same without null as a choice; null when it is none. */
function withoutNull(value: JsonObject): JsonObject | null {
  const { type } = value;
  if (type === undefined || !isList(type) || !type.includes('null')) return null;
  const [first, ...more] = type.filter((name) => name !== 'null');
  return first === undefined || more.length > 0 ? null : { ...value, type: first };
}

/**
 * Elysia takes numbers and booleans of a query as text too and says so in its schemas; a union of literals is an enumeration; and one
 * that may be null has null among its words.
 */
function simplified(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(simplified);
  const { anyOf, type, enum: words, ...rest } = value;
  if (anyOf !== undefined && isList(anyOf))
    return simplifiedChoice(anyOf.map(simplified).map(asObject), rest);
  if (words !== undefined && isList(words) && type !== undefined && isList(type) && type.includes('null'))
    return { ...rest, type, enum: [...words, null] };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, simplified(item)]));
}

function simplifiedChoice(choices: readonly JsonObject[], rest: JsonObject): JsonObject {
  const [first, second] = choices;
  if (choices.length === 2 && first !== undefined && second?.['type'] !== undefined && isTextForm(first))
    return { ...second, ...rest };
  const literals = choices.flatMap(({ const: word }) => (typeof word === 'string' ? [word] : []));
  if (literals.length === choices.length) return { ...rest, type: 'string', enum: literals };
  return { ...rest, anyOf: choices };
}

function isTextForm(schema: JsonObject): boolean {
  return schema['type'] === 'string' && ['numeric', 'integer', 'boolean'].includes(String(schema['format']));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function asList(value: Json): readonly Json[] {
  return isList(value) ? value : [];
}

function asObject(value: Json): JsonObject {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

/**
 * Without the symbols and functions that TypeBox and Elysia keep beside, and without the refusal of other fields that Elysia writes into
 * schemas when it compiles them: they are dropped, not refused.
 */
function plain(value: object): Json {
  const keep = (key: string, item: unknown) =>
    key === 'additionalProperties' && item === false ? undefined : item;
  return JSON.parse(JSON.stringify(value, keep)) as Json;
}
