import { FarmError } from '../../agent/wire/farm-error.ts';
import type { BlobInfo, BlobStore } from '../../core/blobs/ports.ts';

export function createMemoryBlobs(now: () => number = () => 0): BlobStore {
  const objects = new Map<string, { readonly content: Uint8Array; readonly modifiedAt: number }>();

  function infoOf(key: string): BlobInfo | null {
    const object = objects.get(key);
    return object === undefined ? null : { key, bytes: object.content.length, modifiedAt: object.modifiedAt };
  }

  return {
    async put(key, content, options) {
      if (!/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(key) || key.length > 512) {
        throw new FarmError('invalid_input', `key: "${key}" is no key`, { blame: 'farm' });
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) {
        options?.signal?.throwIfAborted();
        chunks.push(chunk.slice());
      }
      const known = objects.get(key);
      if (known !== undefined) return { bytes: known.content.length, existed: true };
      const bytes = Buffer.concat(chunks);
      objects.set(key, { content: new Uint8Array(bytes), modifiedAt: now() });
      return { bytes: bytes.length, existed: false };
    },
    async *get(key, range) {
      const object = objects.get(key);
      if (object === undefined) {
        throw new FarmError('blob_missing', `The object "${key}" is gone`, { blame: 'farm' });
      }
      yield object.content.slice(range?.from ?? 0, range?.to ?? object.content.length);
    },
    stat: async (key) => infoOf(key),
    async remove(key) {
      objects.delete(key);
    },
    async *list(prefix) {
      for (const key of [...objects.keys()].toSorted()) {
        const info = key.startsWith(prefix) ? infoOf(key) : null;
        if (info !== null) yield info;
      }
    },
  };
}
