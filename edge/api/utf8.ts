/**
 * Bytes at the start of `bytes` that hold whole characters; what is left (at most 3 bytes) needs more to come. Bytes that are not
 * UTF-8 count as whole: no later byte can mend them.
 */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    // A continuation byte: its first one stands further back.
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
