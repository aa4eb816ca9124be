/**
 * Reading an object piece by piece. A piece is asked for by range, held in memory and counted before anyone sees it, so that a
 * service that stalls or breaks off is asked again and a slow reader keeps no connection busy. `if-match` holds all pieces to
 * one object, and a whole read is checked against the checksum that was stored with it.
 */

import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { letGo } from './content.ts';
import type { Gate } from './gate.ts';
import { blobMissing } from './missing.ts';
import { hasStatus, required, type S3Connection, translateS3Error } from './s3-client.ts';

export const pieceBytes = 4 * 1024 * 1024;

interface Piece {
  readonly bytes: Uint8Array;
  readonly totalBytes: number;
  readonly etag: string | undefined;
}

interface Wanted {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly etag?: string | undefined;
}

/** Pauses before a piece whose body broke off is asked for again. */
const pausesMs = [100, 400, 1_600] as const;

export async function* readObject(
  connection: S3Connection,
  gate: Gate,
  key: string,
  range: { readonly from: number; readonly to?: number } = { from: 0 },
): AsyncGenerator<Uint8Array> {
  const { from } = range;
  const limit = range.to ?? Number.MAX_SAFE_INTEGER;
  if (limit <= from) return await mustExist(connection, key);
  const whole = from === 0 && range.to === undefined;
  const stored = whole ? storedChecksum(connection, key) : null;
  // Awaited at the end of the read, and not at all when the reader stops before.
  stored?.catch(() => {});
  let checksum = 0;
  const next = (at: number, etag?: string): Promise<Piece | null> =>
    gate.run(() => fetchPiece(connection, { key, from: at, to: Math.min(at + pieceBytes, limit), etag }));
  let piece = await next(from);
  for (let at = from; piece !== null; ) {
    const { bytes, totalBytes, etag } = piece;
    at += bytes.byteLength;
    const coming = at < Math.min(totalBytes, limit) ? next(at, etag) : null;
    coming?.catch(() => {});
    if (stored !== null) checksum = crc32(bytes, checksum);
    yield bytes;
    piece = await coming;
  }
  if (stored !== null) compare(key, checksum, await stored);
}

/** Null: the object ends before `from`. */
async function fetchPiece(connection: S3Connection, wanted: Wanted): Promise<Piece | null> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await askForPiece(connection, wanted);
    } catch (error) {
      const pauseMs = pausesMs[attempt];
      if (!(error instanceof BrokenOff) || pauseMs === undefined) {
        throw translateS3Error(error, `read the blob "${wanted.key}"`);
      }
      await connection.clock.sleep(pauseMs);
    }
  }
}

async function askForPiece(connection: S3Connection, wanted: Wanted): Promise<Piece | null> {
  const { client, bucket, objectKey } = connection;
  const { key, from, to, etag } = wanted;
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: objectKey(key),
    Range: `bytes=${from}-${to - 1}`,
    ...(etag === undefined ? {} : { IfMatch: etag }),
  });
  const answer = await client.send(command).catch((error: unknown) => {
    if (hasStatus(error, 404)) throw blobMissing(key);
    if (hasStatus(error, 412)) throw changed(key);
    if (hasStatus(error, 416)) return null;
    throw error;
  });
  if (answer === null) return null;
  const body = answer.Body as AsyncIterable<Uint8Array> | undefined;
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? '') ?? [];
  if (body === undefined || Number(first) !== from || Number(last) >= to) {
    if (body !== undefined) letGo(body[Symbol.asyncIterator]());
    throw new Error(`asked for bytes ${from} to ${to - 1}, it sent "${answer.ContentRange ?? 'no range'}"`);
  }
  const bytes = await collect(connection, body, Number(last) - from + 1);
  return { bytes, totalBytes: Number(total), etag: answer.ETag };
}

/** The body of an answer came short, long, or not at all. */
class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

async function collect(
  { clock, silenceMs }: S3Connection,
  body: AsyncIterable<Uint8Array>,
  expected: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(expected);
  const iterator = body[Symbol.asyncIterator]();
  let filled = 0;
  let stalled = (_: Error): void => {};
  const stall = new Promise<never>((_, reject) => {
    stalled = reject;
  });
  stall.catch(() => {});
  try {
    while (true) {
      const timer = clock.after(silenceMs, () => stalled(new BrokenOff(`no byte for ${silenceMs} ms`)));
      const step = await Promise.race([iterator.next(), stall])
        .catch((error: unknown) => {
          throw error instanceof BrokenOff ? error : new BrokenOff('the connection broke', { cause: error });
        })
        .finally(() => timer.cancel());
      if (step.done) break;
      if (filled + step.value.byteLength > expected) throw new BrokenOff('more bytes than announced');
      bytes.set(step.value, filled);
      filled += step.value.byteLength;
    }
  } catch (error) {
    letGo(iterator);
    throw error;
  }
  if (filled < expected) throw new BrokenOff(`${filled} of ${expected} bytes came`);
  return bytes;
}

async function mustExist(connection: S3Connection, key: string): Promise<void> {
  if ((await headOf(connection, key)) === null) throw blobMissing(key);
}

async function storedChecksum(connection: S3Connection, key: string): Promise<string | null> {
  const head = await headOf(connection, key);
  return head?.ChecksumType === 'FULL_OBJECT' ? (head.ChecksumCRC32 ?? null) : null;
}

/** What the service says of an object; null when there is none. */
export async function headOf({ client, bucket, objectKey }: S3Connection, key: string) {
  try {
    const head = await client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: objectKey(key), ChecksumMode: 'ENABLED' }),
    );
    return { ...head, ContentLength: required(head.ContentLength, 'a length') };
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw translateS3Error(error, `look at the blob "${key}"`);
  }
}

/** A service that keeps no checksum of the whole object has nothing to compare with. */
function compare(key: string, checksum: number, stored: string | null): void {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checksum);
  if (stored === null || stored === bytes.toString('base64')) return;
  throw new FarmError('storage_failed', `The blob "${key}" came damaged from the S3 service`, {
    blame: 'outside',
    retry: 'same',
    details: { key },
  });
}

function changed(key: string): FarmError {
  return new FarmError('storage_failed', `The blob "${key}" changed while it was read`, {
    blame: 'outside',
    retry: 'same',
    details: { key },
  });
}
