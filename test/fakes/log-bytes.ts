/** Bytes as hostile builds write them, and ways to cut them into pieces. */
import fc from 'fast-check';

const encode = (text: string) => new TextEncoder().encode(text);

const shortPiece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('\n', '\r\n', '\r', '\n\n', ' ', '\t', '\0', '\u001b') },
  {
    weight: 4,
    arbitrary: fc.constantFrom('error', 'err', 'or', 'ERROR: ', 'é', 'ß', '日本', '😀', '\ufeff', '\ufffd'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '\u001b[31m',
      '\u001b[0m',
      '\u001b[38;5;1',
      '\u001b]8;;http://x\u0007',
      '\u001b]0;title\u001b\\',
      '\u001b]never',
      '\u001b(B',
      '\u001b[2K\u001b[1G',
    ),
  },
  { weight: 3, arbitrary: fc.string({ maxLength: 30 }) },
);

const bytePiece = fc.oneof(
  { weight: 10, arbitrary: shortPiece.map(encode) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 8 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[[0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xff], [0xed, 0xa0, 0x80]].map((each) =>
        Uint8Array.from(each),
      ),
    ),
  },
);

/** Small, with everything in it. */
export const hostileBytes: fc.Arbitrary<Uint8Array> = fc
  .array(bytePiece, { maxLength: 60 })
  .map((pieces) => new Uint8Array(Buffer.concat(pieces)));

/** Pieces that reach over the limits of lines and blocks. */
const longPiece = fc.oneof(
  hostileBytes,
  fc.record({ fill: bytePiece, count: fc.integer({ min: 1, max: 40_000 }) }).map(({ fill, count }) => {
    const times = Math.min(count, Math.floor(200_000 / Math.max(1, fill.length)));
    return new Uint8Array(Buffer.concat(Array.from({ length: times }, () => fill)));
  }),
  fc.record({ line: hostileBytes, count: fc.integer({ min: 1, max: 3_000 }) }).map(({ line, count }) => {
    const times = Math.min(count, Math.floor(300_000 / (line.length + 1)));
    return new Uint8Array(
      Buffer.concat(Array.from({ length: times }, () => [line, Uint8Array.of(10)]).flat()),
    );
  }),
  fc.integer({ min: 16_370, max: 16_400 }).map((length) => encode(`${'x'.repeat(length)}é`)),
  fc.integer({ min: 262_130, max: 262_160 }).map((length) => encode(`${'y'.repeat(length)}\n`)),
);

/** Up to some MB. */
export const longBytes: fc.Arbitrary<Uint8Array> = fc
  .array(longPiece, { minLength: 1, maxLength: 8 })
  .map((pieces) => new Uint8Array(Buffer.concat(pieces)));

/** Evenly spread, as `fc.double` is not. */
export function shareUpTo(max: number): fc.Arbitrary<number> {
  return fc
    .noBias(fc.integer({ min: 0, max: 1_000_000 }))
    .map((millionths) => (max * millionths) / 1_000_000);
}

/** Where to cut, in shares of the whole. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(shareUpTo(1), {
  maxLength: 12,
});

export function cutAt(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const places = shares.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}
