import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { inPieces, tarOf } from '../../test/agent/archives.ts';
import { byteName } from './folder-handle.ts';
import { readTar, type TarEntry } from './tar-in.ts';

type Read = Omit<TarEntry, 'content'> & { content: string };

async function readAll(bytes: Uint8Array): Promise<Read[]> {
  const entries: Read[] = [];
  await readTar(inPieces(bytes), 'none', async ({ content, ...entry }) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    entries.push({ ...entry, content: Buffer.concat(chunks).toString() });
  });
  return entries;
}

const text = fc.string({
  unit: fc.constantFrom('a', '/', 'ä', '漢', ' ', '.', '\n'),
  minLength: 1,
  maxLength: 150,
});

test('what was packed is read back, whatever the names are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          name: text.map((name) => byteName(`n${name}x`)),
          content: fc.string({ maxLength: 1_200 }),
          mode: fc.integer({ min: 0, max: 0o777 }),
          modifiedAt: fc.integer({ min: 0, max: 4_000_000_000 }),
        }),
        { maxLength: 6 },
      ),
      async (entries) => {
        const read = await readAll(tarOf(entries));
        expect(read).toEqual(
          entries.map(({ name, content, mode, modifiedAt }) => ({
            kind: 'file',
            name,
            target: '',
            mode,
            bytes: Buffer.byteLength(content),
            modifiedAt: modifiedAt * 1000,
            content,
          })),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('long link targets survive', async () => {
  const target = 'd/'.repeat(120) + byteName('zïel');
  const [entry] = await readAll(tarOf([{ name: 'link', type: 'link', target }]));
  expect(entry).toMatchObject({ kind: 'link', name: 'link', target });
});

test('any bytes are read or refused as invalid, and nothing hangs', async () => {
  const sample = tarOf([
    { name: byteName('ä'.repeat(80)), content: 'x'.repeat(700) },
    { name: 'b', content: 'y' },
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 3_000 }),
        fc
          .array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 })
          .map((changes) => {
            const bytes = Buffer.from(sample);
            for (const [at, value] of changes) bytes[at] = value;
            return bytes;
          }),
        fc.nat(sample.length).map((length) => sample.subarray(0, length)),
      ),
      fc.constantFrom('none' as const, 'gzip' as const),
      async (bytes, compression) => {
        const result = await readTar(inPieces(bytes), compression, async ({ content }) => {
          for await (const _ of content);
        }).catch((error: unknown) => error);
        if (result !== undefined) expect(result).toMatchObject({ code: 'invalid_input' });
      },
    ),
    { numRuns: 300 },
  );
});

test('a source that fails is the reason, and one that is no longer wanted is stopped', async () => {
  const boom = new Error('gone');
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield tarOf([{ name: 'a', content: 'x'.repeat(5_000) }]).subarray(0, 2_000);
    throw Object.assign(boom, { syscall: 'read' });
  }
  const drain = async ({ content }: TarEntry): Promise<void> => {
    for await (const _ of content);
  };
  await expect(readTar(failing(), 'none', drain)).rejects.toBe(boom);

  let stopped = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield tarOf([{ name: 'a', content: 'x' }]).subarray(0, 1_024);
    } finally {
      stopped = true;
    }
  }
  const refusal = readTar(endless(), 'none', async () => {
    throw Object.assign(new Error('no'), { syscall: 'write' });
  });
  await expect(refusal).rejects.toThrow('no');
  for (let count = 0; count < 50 && !stopped; count++) await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(true);
});
