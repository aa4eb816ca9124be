/**
 * The bytes of a frame: kind (1), stream (4, big-endian), payload length (4, big-endian), payload. One frame is one
 * message of the transport, so the length is redundant; it is kept as a check that nothing was cut or glued.
 */
import { FarmError } from './farm-error.ts';
import { limits } from './limits.ts';
import { type FrameKind, frameKinds } from './protocol.ts';

export const frameHeaderBytes = 9;

export interface Frame {
  readonly kind: FrameKind;
  readonly stream: number;
  /** A view of the message that was decoded, not a copy. */
  readonly payload: Uint8Array;
}

const kindNames = new Map<number, FrameKind>(
  Object.entries(frameKinds).map(([name, code]) => [code, name as FrameKind]),
);

/** Kinds that belong to one stream; all others carry stream 0. */
const streamKinds: ReadonlySet<FrameKind> = new Set(['data', 'credit', 'end', 'reset']);

const nothing = new Uint8Array(0);

/** Copies `payload` once, behind its header. */
export function encodeFrame(kind: FrameKind, stream: number, payload: Uint8Array = nothing): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + payload.length);
  bytes[0] = frameKinds[kind];
  writeUint32(bytes, 1, stream);
  writeUint32(bytes, 5, payload.length);
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

/** Throws `too_large`, `unknown_kind` or `protocol_violation`; whatever the bytes are, nothing else. */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length > limits.frameBytes) {
    throw new FarmError('too_large', `Frame of ${bytes.length} bytes is over ${limits.frameBytes}`, {
      blame: 'caller',
    });
  }
  if (bytes.length < frameHeaderBytes) throw violation(`Frame of ${bytes.length} bytes has no whole header`);
  const kind = kindNames.get(bytes[0] ?? 0);
  if (kind === undefined) {
    throw new FarmError('unknown_kind', `Frame kind ${bytes[0]} is not known`, { blame: 'caller' });
  }
  const stream = readUint32(bytes, 1);
  const length = readUint32(bytes, 5);
  if (length !== bytes.length - frameHeaderBytes) {
    throw violation(`Frame says ${length} bytes of payload and has ${bytes.length - frameHeaderBytes}`);
  }
  if (streamKinds.has(kind) !== stream > 0) throw violation(`Frame "${kind}" names stream ${stream}`);
  return { kind, stream, payload: bytes.subarray(frameHeaderBytes) };
}

export function encodeCredit(bytes: number): Uint8Array {
  const payload = new Uint8Array(4);
  writeUint32(payload, 0, bytes);
  return payload;
}

export function decodeCredit(payload: Uint8Array): number {
  if (payload.length !== 4)
    throw violation(`Frame "credit" has ${payload.length} bytes of payload instead of 4`);
  return readUint32(payload, 0);
}

export function violation(message: string): FarmError {
  return new FarmError('protocol_violation', message, { blame: 'caller' });
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) * 0x1000000 +
      (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))) >>>
    0
  );
}
