import { expect, test } from 'bun:test';
import { createPlaces } from './places.ts';

test('as many as there are places, and one that is freed can be taken again', () => {
  const places = createPlaces('streams', 2);
  const free = places.take();
  places.take();
  expect(() => places.take()).toThrow(
    expect.objectContaining({ code: 'too_many', retry: { afterMs: 5_000 } }),
  );
  free();
  free();
  expect(places.taken).toBe(1);
  places.take();
  expect(places.taken).toBe(2);
});
