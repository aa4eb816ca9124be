import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { isFarmError } from './farm-error.ts';
import { decodeCredit, decodeFrame, encodeCredit, encodeFrame, frameHeaderBytes } from './frames.ts';
import { limits } from './limits.ts';
import { type FrameKind, frameKinds } from './protocol.ts';

const kinds = Object.keys(frameKinds) as FrameKind[];
const streamKinds: readonly FrameKind[] = ['data', 'credit', 'end', 'reset'];

const frame = fc
  .record({
    kind: fc.constantFrom(...kinds),
    id: fc.integer({ min: 1, max: 0xffff_ffff }),
    payload: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ kind, id, payload }) => ({ kind, stream: streamKinds.includes(kind) ? id : 0, payload }));

test('decoding gives back what was encoded', () => {
  fc.assert(
    fc.property(frame, ({ kind, stream, payload }) => {
      expect(decodeFrame(encodeFrame(kind, stream, payload))).toEqual({ kind, stream, payload });
    }),
  );
});

test('any bytes decode to a frame or to a FarmError, and what decodes encodes to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        const { kind, stream, payload } = decodeFrame(bytes);
        expect(encodeFrame(kind, stream, payload)).toEqual(bytes);
      } catch (error) {
        expect(isFarmError(error)).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a frame with one byte changed never becomes a frame of another length', () => {
  fc.assert(
    fc.property(
      frame,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      ({ kind, stream, payload }, at, change) => {
        const bytes = encodeFrame(kind, stream, payload);
        const index = at % frameHeaderBytes;
        bytes[index] = (bytes[index] ?? 0) ^ change;
        try {
          expect(decodeFrame(bytes).payload).toEqual(payload);
        } catch (error) {
          expect(isFarmError(error)).toBe(true);
        }
      },
    ),
  );
});

test('the largest frame passes and one byte more does not', () => {
  const largest = encodeFrame('data', 1, new Uint8Array(limits.frameBytes - frameHeaderBytes));
  expect(decodeFrame(largest).payload.length).toBe(limits.frameBytes - frameHeaderBytes);
  const over = encodeFrame('data', 1, new Uint8Array(limits.frameBytes - frameHeaderBytes + 1));
  expect(() => decodeFrame(over)).toThrow('over 1048576');
});

test('a stream frame without a stream and a message with one are refused', () => {
  expect(() => decodeFrame(encodeFrame('data', 0))).toThrow('names stream 0');
  expect(() => decodeFrame(encodeFrame('message', 7))).toThrow('names stream 7');
});

test('credit survives its encoding over the whole range', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (bytes) => {
      expect(decodeCredit(encodeCredit(bytes))).toBe(bytes);
    }),
  );
});
