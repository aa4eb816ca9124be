import { expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { BlobStore } from '../../core/blobs/ports.ts';
import type { Fact } from '../../core/facts/types.ts';
import { createMemoryBlobs } from '../../test/fakes/memory-blobs.ts';
import { measuredBlobs } from './measured.ts';

function measured(change: Partial<BlobStore> = {}) {
  const told: Fact[] = [];
  const clock = createManualClock(0);
  const store = measuredBlobs(
    { ...createMemoryBlobs(), ...change },
    { clock, tell: (fact) => told.push(fact) },
  );
  return { store, told, clock };
}

async function* parts(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += Buffer.from(chunk).toString();
  return text;
}

test('every operation answers as before, and is told', async () => {
  const { store, told } = measured();
  await store.put('a/b', parts('hel', 'lo'));
  expect(await textOf(store.get('a/b'))).toBe('hello');
  expect(await store.stat('a/b')).toMatchObject({ key: 'a/b', bytes: 5 });
  const listed: string[] = [];
  for await (const { key } of store.list('a/')) listed.push(key);
  expect(listed).toEqual(['a/b']);
  await store.remove('a/b');
  expect(told.map((fact) => fact.type === 'blob' && [fact.operation, fact.ok])).toEqual([
    ['put', true],
    ['get', true],
    ['stat', true],
    ['list', true],
    ['remove', true],
  ]);
});

test('a store that fails is told; what is not there is an answer', async () => {
  const failing = async (): Promise<never> => {
    throw new FarmError('storage_failed', 'The bucket answered 503', { blame: 'outside' });
  };
  const { store, told } = measured({ stat: failing });
  await expect(store.stat('a')).rejects.toMatchObject({ code: 'storage_failed' });
  await expect(textOf(store.get('none'))).rejects.toMatchObject({ code: 'blob_missing' });
  expect(told).toMatchObject([
    { operation: 'stat', ok: false },
    { operation: 'get', ok: true },
  ]);
});

test('a reader that leaves in the middle is no failure, and its own time does not count', async () => {
  let isClosed = false;
  const { store, told, clock } = measured({
    async *get() {
      try {
        yield Buffer.from('a');
        yield Buffer.from('b');
      } finally {
        isClosed = true;
      }
    },
  });
  for await (const _ of store.get('x')) {
    await clock.advance(5_000);
    break;
  }
  expect(isClosed).toBe(true);
  expect(told).toEqual([{ type: 'blob', operation: 'get', ms: 0, ok: true }]);
});
