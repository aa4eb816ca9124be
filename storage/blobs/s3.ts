/** Blobs in a bucket of any S3-compatible service. */
import { DeleteObjectCommand, HeadBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { BlobInfo, BlobStore } from '../../core/blobs/ports.ts';
import { createGate } from './gate.ts';
import { segmentsOf, splitPrefix } from './keys.ts';
import {
  connectS3,
  hasStatus,
  required,
  type S3Connection,
  type S3Options,
  translateS3Error,
} from './s3-client.ts';
import { headOf, readObject } from './s3-read.ts';
import { uploadObject } from './s3-write.ts';

export interface S3Blobs extends BlobStore {
  close(): void;
}

/** Pieces of all readers on their way at once. */
const piecesAtOnce = 16;
/** Objects written at once; each holds up to three parts in memory. */
const uploadsAtOnce = 32;

/**
 * The service has to know `If-None-Match` on writes for the promise that an object never changes. Rejects when the bucket is
 * not there or not ours; a service that is away for the moment is no reason not to start.
 */
export async function openS3Blobs(
  options: S3Options,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<S3Blobs> {
  const connection = connectS3(options, clock);
  try {
    await checkBucket(connection, log);
  } catch (error) {
    connection.client.destroy();
    throw error;
  }
  return { ...s3Blobs(connection), close: () => connection.client.destroy() };
}

function s3Blobs(connection: S3Connection): BlobStore {
  const { client, bucket, objectKey } = connection;
  const pieces = createGate(piecesAtOnce);
  const uploads = createGate(uploadsAtOnce);

  async function statOf(key: string): Promise<BlobInfo | null> {
    segmentsOf(key);
    const head = await headOf(connection, key);
    return head === null
      ? null
      : { key, bytes: head.ContentLength, modifiedAt: head.LastModified?.getTime() ?? 0 };
  }

  return {
    put: (key, content, putOptions = {}) =>
      uploads.run(async () => {
        putOptions.signal?.throwIfAborted();
        const there = await statOf(key);
        if (there !== null) return { bytes: there.bytes, existed: true };
        const stored = await uploadObject(connection, key, content, putOptions);
        if (stored !== null) return { bytes: stored.bytes, existed: false };
        return { bytes: (await statOf(key))?.bytes ?? 0, existed: true };
      }),
    async *get(key, range) {
      segmentsOf(key);
      yield* readObject(connection, pieces, key, range);
    },
    stat: statOf,
    async remove(key) {
      segmentsOf(key);
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: objectKey(key) }));
      } catch (error) {
        if (!hasStatus(error, 404)) throw translateS3Error(error, `remove the blob "${key}"`);
      }
    },
    list: (prefix) => listObjects(connection, prefix),
  };
}

async function* listObjects(connection: S3Connection, prefix: string): AsyncGenerator<BlobInfo> {
  splitPrefix(prefix);
  const start = connection.objectKey('');
  for (let token: string | undefined, more = true; more; ) {
    const page = await listPage(connection, prefix, token);
    for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
      // Some services list folders, which are no objects of ours.
      if (Key.endsWith('/')) continue;
      yield { key: Key.slice(start.length), bytes: Size, modifiedAt: LastModified?.getTime() ?? 0 };
    }
    token = page.NextContinuationToken;
    more = page.IsTruncated && token !== undefined;
  }
}

async function listPage(
  { client, bucket, objectKey }: S3Connection,
  prefix: string,
  token: string | undefined,
) {
  try {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: objectKey(prefix),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    return { ...page, IsTruncated: required(page.IsTruncated, 'a list') };
  } catch (error) {
    throw translateS3Error(error, `list the blobs below "${prefix}"`);
  }
}

async function checkBucket({ client, bucket }: S3Connection, log: Log): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (hasStatus(error, 404)) throw refused(`The S3 service has no bucket "${bucket}"; make it`, error);
    if (hasStatus(error, 403) || hasStatus(error, 401)) {
      throw refused(`The S3 service does not let these credentials use the bucket "${bucket}"`, error);
    }
    log.warn('storage.s3-away', { bucket, message: translateS3Error(error, 'reach the bucket').message });
  }
}

function refused(message: string, cause: unknown): FarmError {
  return new FarmError('storage_failed', message, { blame: 'caller', cause });
}
