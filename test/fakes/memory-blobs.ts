import { FarmError, invalidInput } from '../../agent/wire/farm-error.ts';
import type { BlobInfo, BlobStore } from '../../core/blobs/ports.ts';
import { orAborted } from '../../core/source/patience.ts';

export function createMemoryBlobs(now: () => number = () => 0): BlobStore {
  const objects = new Map<string, { readonly content: Uint8Array; readonly modifiedAt: number }>();

  function infoOf(key: string): BlobInfo | null {
    checkKey(key);
    const object = objects.get(key);
    return object === undefined ? null : { key, bytes: object.content.length, modifiedAt: object.modifiedAt };
  }

  return {
    async put(key, content, { signal } = {}) {
      checkKey(key);
      signal?.throwIfAborted();
      const before = infoOf(key);
      if (before !== null) return { bytes: before.bytes, existed: true };
      const bytes = await orAborted(collect(content), signal);
      const meanwhile = infoOf(key);
      if (meanwhile !== null) return { bytes: meanwhile.bytes, existed: true };
      objects.set(key, { content: bytes, modifiedAt: now() });
      return { bytes: bytes.length, existed: false };
    },
    async *get(key, range) {
      checkKey(key);
      const object = objects.get(key);
      if (object === undefined) {
        throw new FarmError('blob_missing', `The object "${key}" is gone`, {
          blame: 'farm',
          details: { key },
        });
      }
      const part = object.content.slice(range?.from ?? 0, range?.to ?? object.content.length);
      if (part.length > 0) yield part;
    },
    stat: async (key) => infoOf(key),
    async remove(key) {
      checkKey(key);
      objects.delete(key);
    },
    async *list(prefix) {
      const folders = prefix.split('/').slice(0, -1);
      if (!/^[A-Za-z0-9._/-]*$/.test(prefix) || !folders.every(isSegment)) {
        throw invalidInput('prefix', `"${prefix.slice(0, 80)}" is not the start of a key`);
      }
      for (const key of [...objects.keys()].toSorted()) {
        const info = key.startsWith(prefix) ? infoOf(key) : null;
        if (info !== null) yield info;
      }
    },
  };
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk.slice());
  return new Uint8Array(Buffer.concat(chunks));
}

function checkKey(key: string): void {
  if (key.length <= 512 && key.split('/').every(isSegment)) return;
  throw invalidInput('key', `"${key.slice(0, 80)}" can't name an object`);
}

function isSegment(segment: string): boolean {
  return /^[A-Za-z0-9._-]{1,120}$/.test(segment) && segment !== '.' && segment !== '..';
}
