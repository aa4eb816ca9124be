import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import { untilAborted } from './content.ts';
import { hasStatus, required, type S3Connection, translateS3Error } from './s3-client.ts';
import { headOf } from './s3-read.ts';

const partBytes = 8 * 1024 * 1024;
/** Parts of one object on their way at once; each is in memory until the service has it. */
const partsAtOnce = 2;

/**
 * Null: the key is taken meanwhile, be it by somebody else or by a try of ours whose answer was lost. The errors of `content`
 * pass through as they are.
 */
export async function uploadObject(
  connection: S3Connection,
  key: string,
  content: AsyncIterable<Uint8Array>,
  options: { readonly contentType?: string; readonly signal?: AbortSignal },
): Promise<{ readonly bytes: number } | null> {
  const { client, bucket, objectKey } = connection;
  const source = countedSource(untilAborted(content, options.signal));
  const upload = new Upload({
    client,
    partSize: partBytes,
    queueSize: partsAtOnce,
    params: {
      Bucket: bucket,
      Key: objectKey(key),
      Body: Readable.from(source.chunks(), { objectMode: false }),
      IfNoneMatch: '*',
      // Of the whole object, however many parts it has: what a reader can check.
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
      ...(options.contentType === undefined ? {} : { ContentType: options.contentType }),
    },
  });
  try {
    required((await upload.done()).ETag, 'an entity tag');
    return { bytes: source.bytes() };
  } catch (error) {
    const failure = source.failure();
    if (failure !== null) throw failure.error;
    const taken = hasStatus(error, 412) || (source.ended() && (await headOf(connection, key)) !== null);
    if (taken) return null;
    throw translateS3Error(error, `store the blob "${key}"`);
  }
}

/** Counts what goes through, and remembers an error of the source, which the client would wrap. */
function countedSource(content: AsyncIterable<Uint8Array>) {
  let bytes = 0;
  let ended = false;
  let failure: { readonly error: unknown } | null = null;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of content) {
        bytes += chunk.byteLength;
        // A stream takes an empty chunk for its end.
        if (chunk.byteLength > 0) yield chunk;
      }
      ended = true;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  return { chunks, bytes: () => bytes, ended: () => ended, failure: () => failure };
}
