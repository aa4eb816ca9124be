import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { BlobStore } from '../../core/blobs/ports.ts';

export interface BlobHome {
  readonly blobs: BlobStore;
  remove(): Promise<void>;
}

export async function* chunksOf(...chunks: (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
}

export async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Bytes that differ everywhere, so that nothing swapped or repeated goes unseen. */
export function patternOf(bytes: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let i = 0, state = seed; i < words.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, bytes);
}

/** `large` bytes are more than any store takes in one piece. */
export function blobConformance(name: string, makeHome: () => Promise<BlobHome>, large: number): void {
  describe(`blobs: ${name}`, () => {
    let home: BlobHome;
    let blobs: BlobStore;
    beforeEach(async () => {
      home = await makeHome();
      blobs = home.blobs;
    });
    afterEach(() => home.remove());

    async function text(key: string, range?: { from: number; to?: number }): Promise<string> {
      return new TextDecoder().decode(await bytesOf(blobs.get(key, range)));
    }

    async function keys(prefix: string): Promise<string[]> {
      const found: string[] = [];
      for await (const info of blobs.list(prefix)) found.push(info.key);
      return found;
    }

    test('what was put is read back, with its size and time', async () => {
      expect(await blobs.put('a/b', chunksOf('he', '', 'llo'))).toEqual({ bytes: 5, existed: false });
      expect(await text('a/b')).toBe('hello');
      const info = await blobs.stat('a/b');
      expect(info).toMatchObject({ key: 'a/b', bytes: 5 });
      expect(Math.abs((info?.modifiedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    test('an empty object is an object', async () => {
      expect(await blobs.put('empty', chunksOf())).toEqual({ bytes: 0, existed: false });
      expect(await text('empty')).toBe('');
      expect(await text('empty', { from: 0 })).toBe('');
      expect(await blobs.stat('empty')).toMatchObject({ bytes: 0 });
    });

    test('a key that exists is left as it is', async () => {
      await blobs.put('a', chunksOf('first'));
      expect(await blobs.put('a', chunksOf('second one'))).toEqual({ bytes: 5, existed: true });
      expect(await text('a')).toBe('first');
    });

    test('of many puts of one key at once one wins, and all say the truth', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => blobs.put('race', chunksOf(`writer ${i}`))),
      );
      expect(answers.filter((answer) => !answer.existed)).toHaveLength(1);
      const winner = answers.findIndex((answer) => !answer.existed);
      expect(await text('race')).toBe(`writer ${winner}`);
    });

    test('what is missing is said to be missing', async () => {
      expect(await blobs.stat('none')).toBeNull();
      await expect(text('none')).rejects.toMatchObject({ code: 'blob_missing', details: { key: 'none' } });
      await expect(text('none', { from: 5 })).rejects.toMatchObject({ code: 'blob_missing' });
      await expect(text('none', { from: 5, to: 5 })).rejects.toMatchObject({ code: 'blob_missing' });
      await blobs.remove('none');
    });

    test('a removed object is gone, and its key is free', async () => {
      await blobs.put('a/b', chunksOf('one'));
      await blobs.remove('a/b');
      expect(await blobs.stat('a/b')).toBeNull();
      expect(await keys('')).toEqual([]);
      expect(await blobs.put('a/b', chunksOf('two'))).toEqual({ bytes: 3, existed: false });
    });

    test('any range gives exactly its bytes', async () => {
      const whole = patternOf(5_000);
      await blobs.put('r', chunksOf(whole.subarray(0, 1_234), whole.subarray(1_234)));
      const place = fc.integer({ min: 0, max: 5_200 });
      await fc.assert(
        fc.asyncProperty(place, fc.option(place, { nil: undefined }), async (from, to) => {
          const range = to === undefined ? { from } : { from, to };
          expect(await bytesOf(blobs.get('r', range))).toEqual(
            whole.slice(from, Math.max(from, to ?? 5_000)),
          );
        }),
        {
          numRuns: 30,
          examples: [
            [0, 5_000],
            [4_999, 5_000],
            [5_000, 5_001],
            [0, 0],
            [5_100, undefined],
          ],
        },
      );
    });

    test('an object larger than one request arrives whole', async () => {
      const whole = patternOf(large, 7);
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < large; at += 777_777) yield whole.subarray(at, at + 777_777);
      }
      expect(await blobs.put('large', source())).toEqual({ bytes: large, existed: false });
      expect(await blobs.stat('large')).toMatchObject({ bytes: large });
      const read = await bytesOf(blobs.get('large'));
      expect(Buffer.compare(read, whole)).toBe(0);
      const tail = await bytesOf(blobs.get('large', { from: large - 1_000_000 }));
      expect(Buffer.compare(tail, whole.subarray(large - 1_000_000))).toBe(0);
    });

    test('a source that fails leaves nothing, and its error is told as it is', async () => {
      for (const before of [10, large]) {
        const broken = new Error('the source broke');
        const source = async function* (): AsyncGenerator<Uint8Array> {
          yield patternOf(before);
          throw broken;
        };
        await expect(blobs.put('broken', source())).rejects.toBe(broken);
        expect(await blobs.stat('broken')).toBeNull();
      }
      expect(await blobs.put('broken', chunksOf('fine now'))).toEqual({ bytes: 8, existed: false });
    });

    test('an aborted put ends at once with the reason and leaves nothing', async () => {
      const aborting = new AbortController();
      const reason = new Error('no longer wanted');
      async function* silent(): AsyncGenerator<Uint8Array> {
        yield patternOf(10);
        aborting.abort(reason);
        await new Promise<never>(() => {});
      }
      await expect(blobs.put('aborted', silent(), { signal: aborting.signal })).rejects.toBe(reason);
      await expect(blobs.put('aborted', chunksOf('x'), { signal: aborting.signal })).rejects.toBe(reason);
      expect(await blobs.stat('aborted')).toBeNull();
    });

    test('a reader that stops early harms nobody', async () => {
      await blobs.put('large', chunksOf(patternOf(large)));
      for (let round = 0; round < 20; round++) {
        for await (const chunk of blobs.get('large')) {
          expect(chunk.byteLength).toBeGreaterThan(0);
          break;
        }
      }
      expect(await text('large', { from: 0, to: 0 })).toBe('');
    });

    test('lists what starts with a prefix, in key order', async () => {
      const all = [
        'a',
        'a-b/1',
        'a.b',
        'a0',
        'b/A',
        'b/a',
        'b/a.d/x',
        'b/ab',
        'b/c/d/e',
        'B',
        'b/c/d/f.g',
        'z_z',
      ];
      for (const key of all) await blobs.put(key, chunksOf(key));
      const sorted = [...all].sort();
      for (const prefix of [
        '',
        'a',
        'a-',
        'a-b/',
        'b',
        'b/',
        'b/a',
        'b/c/d/',
        'b/c/d/f',
        'B',
        'none',
        'none/x',
      ]) {
        expect(await keys(prefix)).toEqual(sorted.filter((key) => key.startsWith(prefix)));
      }
      const [first] = await Array.fromAsync(blobs.list('b/c/'));
      expect(first).toMatchObject({ key: 'b/c/d/e', bytes: 7 });
      expect(first?.modifiedAt).toBeGreaterThan(0);
    });

    test('what is no key is refused by every method', async () => {
      const long = Array.from({ length: 6 }, () => 'x'.repeat(100)).join('/');
      for (const key of [
        '',
        '/',
        'a/',
        '/a',
        'a//b',
        '.',
        '..',
        'a/../b',
        'a b',
        'ä',
        'a\\b',
        'a\0',
        'x'.repeat(121),
        long,
      ]) {
        const refused = { code: 'invalid_input', details: { field: 'key' } };
        await expect(blobs.put(key, chunksOf('x'))).rejects.toMatchObject(refused);
        await expect(blobs.stat(key)).rejects.toMatchObject(refused);
        await expect(blobs.remove(key)).rejects.toMatchObject(refused);
        await expect((async () => await bytesOf(blobs.get(key)))()).rejects.toMatchObject(refused);
      }
      for (const prefix of ['../', 'a/../b', '/a', 'a b']) {
        await expect(keys(prefix)).rejects.toMatchObject({
          code: 'invalid_input',
          details: { field: 'prefix' },
        });
      }
      const longest = `${Array.from({ length: 4 }, () => 'X'.repeat(120)).join('/')}/${'y'.repeat(28)}`;
      await blobs.put(longest, chunksOf('fits'));
      expect(await text(longest)).toBe('fits');
    });
  });
}
