import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createServerEventParser, type ServerEvent } from './server-events.ts';

function parseIn(pieces: readonly string[]): readonly ServerEvent[] {
  const parser = createServerEventParser(10_000);
  return pieces.flatMap((piece) => parser.push(piece));
}

test('events, comments, ids and many lines of data', () => {
  expect(parseIn([': hello\n\nid: 4\nevent: build\ndata: {"a":1}\n\ndata: one\ndata: two\n\n'])).toEqual([
    { type: 'build', data: '{"a":1}', id: '4' },
    { type: 'message', data: 'one\ntwo', id: '4' },
  ]);
});

test('an event without data is none, and its name does not stick', () => {
  expect(parseIn(['event: lost\n\ndata: x\n\n'])).toEqual([{ type: 'message', data: 'x', id: '' }]);
});

test('any cut and any line ending give the same events', () => {
  const stream = '\uFEFFid: 1.2\ndata: a: b\ndata\n\nevent: e\ndata:  two\n\n: beat\n\ndata: last\n\n';
  const whole = parseIn([stream]);
  expect(whole).toHaveLength(3);
  fc.assert(
    fc.property(
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.integer({ min: 0, max: stream.length + 12 }), { maxLength: 8 }),
      (ending, cuts) => {
        const text = `${stream.replaceAll('\n', ending)}${ending === '\r' ? ':' : ''}`;
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(parseIn(pieces)).toEqual(whole);
      },
    ),
  );
});

test('an event beyond the limit is refused, in one line or in many', () => {
  expect(() => parseIn([`data: ${'x'.repeat(20_000)}`])).toThrow(RangeError);
  expect(() => parseIn(Array.from({ length: 300 }, () => `data: ${'x'.repeat(50)}\n`))).toThrow(RangeError);
  expect(parseIn([`data: ${'x'.repeat(9_000)}\n\n`])).toHaveLength(1);
});
