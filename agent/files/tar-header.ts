/**
 * The 512 bytes before an entry of a tar, in the ustar form of POSIX.1-1988, with an extended header of POSIX.1-2001 ("pax") before it
 * for what does not fit. Written here because names are bytes, which the packers of the registry take for text.
 */

export interface TarHeader {
  /** As bytes, see `folder-handle.ts`. */
  readonly name: string;
  readonly type: 'file' | 'folder' | 'link';
  /** Of a link: as bytes. */
  readonly target?: string;
  readonly mode: number;
  readonly bytes: number;
  /** Seconds. */
  readonly modifiedAt: number;
}

export const tarBlockBytes = 512;

const typeFlags = { file: '0', link: '2', folder: '5', extended: 'x' } as const;
const longestName = 100;
/** What eleven octal digits hold. */
const largestSize = 8 ** 11;

export function tarHeader(header: TarHeader): Buffer {
  const records = [
    ...(isPlain(header.name) ? [] : [paxRecord('path', header.name)]),
    ...(isPlain(header.target ?? '') ? [] : [paxRecord('linkpath', header.target ?? '')]),
    ...(header.bytes < largestSize ? [] : [paxRecord('size', String(header.bytes))]),
  ];
  const plain = block(header, typeFlags[header.type]);
  if (records.length === 0) return plain;
  const extended = Buffer.from(records.join(''), 'latin1');
  const about = { ...header, name: 'PaxHeader', target: '', mode: 0o644, bytes: extended.length };
  return Buffer.concat([block(about, typeFlags.extended), extended, padding(extended.length), plain]);
}

/** Zeros up to the next block. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((tarBlockBytes - (bytes % tarBlockBytes)) % tarBlockBytes);
}

/** The end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * tarBlockBytes);
}

/** Short ASCII, which every reader takes from the plain header as it is. */
function isPlain(name: string): boolean {
  return name.length <= longestName && /^[\x20-\x7e]*$/.test(name);
}

function block(header: TarHeader, typeFlag: string): Buffer {
  const bytes = Buffer.alloc(tarBlockBytes);
  bytes.write(header.name.slice(0, longestName), 0, 'latin1');
  writeOctal(bytes, header.mode, 100, 8);
  writeOctal(bytes, 0, 108, 8);
  writeOctal(bytes, 0, 116, 8);
  writeOctal(bytes, header.bytes < largestSize ? header.bytes : 0, 124, 12);
  writeOctal(bytes, Math.max(0, Math.floor(header.modifiedAt)), 136, 12);
  bytes.write(' '.repeat(8), 148, 'latin1');
  bytes.write(typeFlag, 156, 'latin1');
  bytes.write((header.target ?? '').slice(0, longestName), 157, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
  return bytes;
}

function writeOctal(bytes: Buffer, value: number, at: number, width: number): void {
  bytes.write(`${value.toString(8).padStart(width - 1, '0')}\x00`, at, 'latin1');
}

/** "LENGTH KEY=VALUE\n", where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}
