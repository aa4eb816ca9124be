import { expect, test } from 'bun:test';
import { createDeferred } from '../../agent/kit/deferred.ts';
import { createBlobHolds } from './holds.ts';

const gone = async () => true;

test('what somebody relies on is not removed, until the last one lets go', async () => {
  const holds = createBlobHolds();
  await holds.take('a', 'k');
  await holds.take('a', 'k');
  await holds.take('b', 'k');
  holds.letGo('a');
  expect(await holds.removing('k', gone)).toBe(false);
  holds.letGo('b');
  holds.letGo('nobody');
  expect(await holds.removing('k', gone)).toBe(true);
});

test('who takes a key while it is removed waits for the end of that', async () => {
  const holds = createBlobHolds();
  const removal = createDeferred<boolean>();
  const removed = holds.removing('k', () => removal.promise);
  let taken = false;
  const taking = holds.take('a', 'k').then(() => {
    taken = true;
  });
  await Promise.resolve();
  expect(taken).toBe(false);
  removal.reject(new Error('disk'));
  await taking;
  await expect(removed).rejects.toThrow('disk');
  expect(await holds.removing('k', gone)).toBe(false);
});
