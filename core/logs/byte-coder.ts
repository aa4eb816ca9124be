/** Numbers as bytes for the index of a sealed log: varints of up to 53 bits, seven bits a byte, the low ones first. */
export interface ByteWriter {
  readonly length: number;
  /** 0 to 2^53 - 1. */
  varint(value: number): void;
  /** Also below zero: -1 is 1, 1 is 2, and so on. */
  signed(value: number): void;
  uint32(value: number): void;
  bytes(value: Uint8Array): void;
  done(): Uint8Array;
}

export interface ByteReader {
  readonly left: number;
  varint(): number;
  signed(): number;
  uint32(): number;
  bytes(count: number): Uint8Array;
}

export function createByteWriter(): ByteWriter {
  let buffer = new Uint8Array(1024);
  let length = 0;

  function need(count: number): void {
    if (length + count <= buffer.length) return;
    const larger = new Uint8Array(Math.max(buffer.length * 2, length + count));
    larger.set(buffer);
    buffer = larger;
  }

  function varint(value: number): void {
    need(8);
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) buffer[length++] = (left % 128) | 128;
    buffer[length++] = left;
  }

  return {
    get length() {
      return length;
    },
    varint,
    signed: (value) => varint(value < 0 ? -2 * value - 1 : 2 * value),
    uint32(value) {
      need(4);
      for (let shift = 0; shift < 32; shift += 8) buffer[length++] = (value >>> shift) & 255;
    },
    bytes(value) {
      need(value.length);
      buffer.set(value, length);
      length += value.length;
    },
    done: () => buffer.slice(0, length),
  };
}

/** Throws a RangeError where the bytes end too soon or a number is none. */
export function createByteReader(buffer: Uint8Array): ByteReader {
  let at = 0;

  function varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = buffer[at++];
      if (byte === undefined) throw new RangeError('The bytes end inside a number');
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw new RangeError('A number is too large');
  }

  function bytes(count: number): Uint8Array {
    if (count > buffer.length - at) throw new RangeError('The bytes end too soon');
    at += count;
    return buffer.subarray(at - count, at);
  }

  return {
    get left() {
      return buffer.length - at;
    },
    varint,
    signed() {
      const value = varint();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    },
    uint32() {
      const [a = 0, b = 0, c = 0, d = 0] = bytes(4);
      return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
    },
    bytes,
  };
}
