/** JSON messages and errors as bytes, bounded in both directions. */
import type { TSchema } from '@sinclair/typebox';
import { FarmError, type FarmErrorJson, farmErrorFromJson } from './farm-error.ts';
import { violation } from './frames.ts';
import { limits } from './limits.ts';
import {
  Challenge,
  FarmErrorSchema,
  Hello,
  type Message,
  NoticeMessage,
  Refused,
  Request,
  Response,
  Welcome,
} from './protocol.ts';
import { isValid, parse } from './validate.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

const schemas: ReadonlyMap<unknown, TSchema> = new Map(
  [Challenge, Hello, Welcome, Refused, Request, Response, NoticeMessage].map((schema) => [
    schema.properties.type.const,
    schema,
  ]),
);

/** Throws `too_large` when the message would be refused by every peer. */
export function encodeJson(value: unknown): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(value));
  if (bytes.length > limits.messageBytes) {
    throw new FarmError('too_large', `Message of ${bytes.length} bytes is over ${limits.messageBytes}`, {
      blame: 'caller',
    });
  }
  return bytes;
}

/** Throws `too_large` or `protocol_violation`. */
export function decodeJson(payload: Uint8Array): unknown {
  if (payload.length > limits.messageBytes) {
    throw new FarmError('too_large', `Message of ${payload.length} bytes is over ${limits.messageBytes}`, {
      blame: 'caller',
    });
  }
  try {
    return JSON.parse(decoder.decode(payload));
  } catch (error) {
    throw new FarmError('protocol_violation', 'A message is not JSON in UTF-8', {
      blame: 'caller',
      cause: error,
    });
  }
}

/** Throws `unknown_kind` for a type that this version does not know, and what `decodeJson` and `parse` throw. */
export function decodeMessage(payload: Uint8Array): Message {
  const value = decodeJson(payload);
  if (typeof value !== 'object' || value === null || !('type' in value))
    throw violation('A message has no type');
  const schema = schemas.get(value.type);
  if (schema === undefined) {
    throw new FarmError('unknown_kind', 'The type of a message is not known', { blame: 'caller' });
  }
  return parse(schema, value, String(value.type)) as Message;
}

/** An error as it may cross the wire: long text is cut, so that every error can be told. */
export function errorToWire(error: FarmError): FarmErrorJson {
  const json = error.toJSON();
  const { details, ...rest } = { ...json, message: cutText(json.message, 2_000) };
  if (details === undefined || JSON.stringify(details).length > 8_192) return rest;
  return { ...rest, details };
}

/** The payload of `reset` and `error`. */
export function encodeError(error: FarmError): Uint8Array {
  return encodeJson(errorToWire(error));
}

/** Never throws: what a peer sends in place of an error is itself told as one. */
export function decodeError(payload: Uint8Array): FarmError {
  try {
    const value = decodeJson(payload);
    if (isValid(FarmErrorSchema, value)) return farmErrorFromJson(value as FarmErrorJson);
    return violation('The peer sent an error that cannot be read');
  } catch (error) {
    return error instanceof FarmError ? error : violation('The peer sent an error that cannot be read');
  }
}

function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
