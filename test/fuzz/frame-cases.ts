/** Frames that a peer might send: from the schemas, near them, and bytes that mean nothing. */
import type { TSchema } from '@sinclair/typebox';
import { frameHeaderBytes } from '../../agent/wire/frames.ts';
import { limits } from '../../agent/wire/limits.ts';
import {
  Challenge,
  calls,
  FarmErrorSchema,
  frameKinds,
  Hello,
  type Method,
  NoticeMessage,
  notices,
  Refused,
  Response,
  Welcome,
} from '../../agent/wire/protocol.ts';
import { fromSchema } from './from-schema.ts';
import { hostileJson, hostileText } from './hostile-values.ts';
import type { Chance } from './random.ts';

const encoder = new TextEncoder();
const methods = Object.keys(calls) as Method[];
const never = Number.POSITIVE_INFINITY;

/** How a case leans: only what the protocol allows, something wrong here and there, or anything. */
export type Manners = 'good' | 'careless' | 'none';

export function anyFrame(chance: Chance, manners: Manners): Uint8Array {
  const wrongOnceIn = manners === 'good' ? never : 12;
  if (manners === 'none' && chance.onceIn(3))
    return chance.bytes(chance.below(chance.onceIn(20) ? 3_000 : 40));
  const frame = chance.onceIn(2) ? messageFrame(chance, wrongOnceIn) : streamFrame(chance, manners);
  return manners === 'none' || (manners === 'careless' && chance.onceIn(10)) ? damaged(chance, frame) : frame;
}

/** The envelope is written here and not by the product's encoder, which checks. */
export function rawFrame(
  kind: number,
  stream: number,
  payload: Uint8Array,
  length = payload.length,
): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, stream);
  view.setUint32(5, length);
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

export function jsonFrame(value: unknown): Uint8Array {
  return rawFrame(frameKinds.message, 0, jsonBytes(value));
}

function jsonBytes(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value) ?? '');
}

export function messageFrame(chance: Chance, wrongOnceIn: number): Uint8Array {
  switch (chance.below(12)) {
    case 0:
      return jsonFrame(
        fromSchema(chance, chance.pick<TSchema>([Challenge, Hello, Welcome, Refused]), wrongOnceIn),
      );
    case 1:
    case 2:
    case 3:
      return jsonFrame(fromSchema(chance, Response, wrongOnceIn));
    case 4:
    case 5:
      return jsonFrame(noticeOf(chance, wrongOnceIn));
    case 6:
      return wrongOnceIn === never
        ? jsonFrame(requestOf(chance, wrongOnceIn))
        : jsonFrame(hostileJson(chance));
    default:
      return jsonFrame(requestOf(chance, wrongOnceIn));
  }
}

function requestOf(chance: Chance, wrongOnceIn: number): unknown {
  const method = chance.pick(methods);
  return {
    type: 'request',
    id: chance.onceIn(10) ? chance.pick([1, 2 ** 53 - 1, 2 ** 53, 0, -1, 1.5]) : 1 + chance.below(30),
    method: chance.onceIn(15) ? hostileText(chance) : method,
    params: smallStream(chance, fromSchema(chance, calls[method].params, wrongOnceIn)),
  };
}

/** Streams that calls name and those that frames name have to meet. */
function smallStream(chance: Chance, params: unknown): unknown {
  if (typeof params !== 'object' || params === null || !('stream' in params) || chance.onceIn(6))
    return params;
  return { ...params, stream: streamId(chance) };
}

function noticeOf(chance: Chance, wrongOnceIn: number): unknown {
  if (chance.onceIn(6)) return fromSchema(chance, NoticeMessage, wrongOnceIn);
  const name = chance.pick(Object.keys(notices)) as keyof typeof notices;
  return { type: 'notice', name, data: fromSchema(chance, notices[name], wrongOnceIn) };
}

function streamId(chance: Chance): number {
  return chance.onceIn(12) ? chance.pick([0, 0xffff_ffff, 0x8000_0000, 100]) : 1 + chance.below(6);
}

export function streamFrame(chance: Chance, manners: Manners): Uint8Array {
  const kind = chance.pick([
    'data',
    'data',
    'data',
    'credit',
    'end',
    'reset',
    'ping',
    'pong',
    'error',
  ] as const);
  const isStreamKind = kind === 'data' || kind === 'credit' || kind === 'end' || kind === 'reset';
  const stream = isStreamKind || (manners === 'none' && chance.onceIn(3)) ? streamId(chance) : 0;
  return rawFrame(frameKinds[kind], stream, streamPayload(chance, kind, manners));
}

function streamPayload(chance: Chance, kind: keyof typeof frameKinds, manners: Manners): Uint8Array {
  if (manners === 'none' && chance.onceIn(4)) return chance.bytes(chance.below(30));
  switch (kind) {
    case 'data':
      return chance.onceIn(200) ? new Uint8Array(limits.dataFrameBytes) : chance.bytes(chance.below(40));
    case 'credit': {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, chance.pick([0, 1, 1_000, 1024 ** 2, 1024 ** 3, 0xffff_ffff]));
      return bytes;
    }
    case 'end':
      return chance.onceIn(2) ? new Uint8Array(0) : jsonBytes(hostileJson(chance));
    case 'reset':
    case 'error':
      return jsonBytes(fromSchema(chance, FarmErrorSchema, manners === 'good' ? never : 6));
    case 'ping':
    case 'pong':
      return chance.bytes(chance.below(manners === 'good' ? 17 : 20));
    default:
      return jsonBytes(hostileJson(chance));
  }
}

/** A few bytes changed, lost, doubled, or the text of a message nested past all measure. */
export function damaged(chance: Chance, frame: Uint8Array): Uint8Array {
  switch (chance.below(6)) {
    case 0: {
      const copy = frame.slice();
      const flips = 1 + chance.below(4);
      for (let count = 0; count < flips; count++) copy[chance.below(copy.length)] = chance.below(256);
      return copy;
    }
    case 1:
      return frame.slice(0, chance.below(frame.length + 1));
    case 2:
      return Buffer.concat([frame, chance.bytes(chance.below(10))]);
    case 3:
      return rawFrame(chance.below(256), streamId(chance), frame.subarray(frameHeaderBytes));
    case 4:
      return chance.onceIn(30) ? tooDeep(chance) : frame;
    default:
      return rawFrame(chance.below(10), streamId(chance), chance.bytes(chance.below(20)), chance.uint32());
  }
}

function tooDeep(chance: Chance): Uint8Array {
  const depth = chance.pick([5_000, 100_000, limits.messageBytes / 2 - 40]);
  const open = chance.onceIn(2) ? '[' : '{"":';
  const deep = `{"type":"request","id":1,"method":"status","params":${open.repeat(depth)}`;
  return rawFrame(frameKinds.message, 0, encoder.encode(deep.slice(0, limits.messageBytes)));
}
