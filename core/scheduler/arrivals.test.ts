import { expect, test } from 'bun:test';
import { taskOf } from '../../test/fakes/scheduler-inputs.ts';
import { createArrivals, historyOf, noteArrival } from './arrivals.ts';
import { createSequence } from './random.ts';
import { createStream } from './stream.ts';
import { classIndex } from './turns.ts';

const hour = 3_600_000;
const tries = classIndex('try');

function arrivalsEvery(ms: number, count: number) {
  const arrivals = createArrivals();
  noteArrival(arrivals, taskOf('first'), 0);
  for (let index = 1; index <= count; index++) {
    const at = hour + index * ms;
    noteArrival(arrivals, taskOf(`t${index}`, { class: 'try', createdAt: at }), at);
  }
  return arrivals;
}

test('what waited as listening began, and what is back, is no arrival', () => {
  const arrivals = createArrivals();
  noteArrival(arrivals, taskOf('a', { class: 'try' }), 0);
  noteArrival(arrivals, taskOf('b', { class: 'try', createdAt: 59_000 }), 59_000);
  noteArrival(arrivals, taskOf('c', { class: 'try', createdAt: 2 * hour, avoid: ['m'] }), 2 * hour);
  noteArrival(arrivals, taskOf('d', { class: 'try', createdAt: 2 * hour, notBefore: 3 * hour }), 2 * hour);
  noteArrival(arrivals, taskOf('e', { class: 'try', createdAt: hour }), 2 * hour);
  expect(historyOf(arrivals, 2 * hour)[tries]?.arrivals).toEqual([]);
  noteArrival(arrivals, taskOf('f', { class: 'try', createdAt: 2 * hour }), 2 * hour);
  expect(historyOf(arrivals, 2 * hour)[tries]?.arrivals.length).toBe(1);
});

test('a flood is thinned out and keeps its rate', () => {
  const count = 20_000;
  const arrivals = arrivalsEvery(500, count);
  const now = hour + count * 500;
  const history = historyOf(arrivals, now)[tries];
  const weight = history?.arrivals.reduce((sum, arrival) => sum + arrival.weight, 0) ?? 0;
  expect(history?.arrivals.length).toBeLessThanOrEqual(512);
  expect(Math.abs(weight / count - 1)).toBeLessThan(0.05);
});

test('what is older than the near past is left out', () => {
  const arrivals = arrivalsEvery(60_000, 600);
  const history = historyOf(arrivals, hour + 600 * 60_000)[tries];
  expect(history?.spanMs).toBe(4 * hour);
  expect(history?.arrivals.length).toBe(241);
});

test('a future has about as many arrivals as the past, and no end', () => {
  const arrivals = arrivalsEvery(60_000, 240);
  const now = hour + 240 * 60_000;
  const history = historyOf(arrivals, now)[tries];
  if (history === undefined) throw new Error('No history');
  let total = 0;
  for (let seed = 0; seed < 200; seed++) {
    const stream = createStream(now, history, createSequence(seed));
    let last = now;
    for (; stream.next() < now + 8 * hour; total++) {
      expect(stream.next()).toBeGreaterThanOrEqual(last);
      last = stream.next();
      expect(stream.task(stream.pass()).class).toBe('try');
    }
  }
  expect(Math.abs(total / 200 / 480 - 1)).toBeLessThan(0.08);
});

test('without arrivals none is foreseen', () => {
  const history = historyOf(createArrivals(), 0)[tries];
  if (history === undefined) throw new Error('No history');
  expect(createStream(0, history, createSequence(1)).next()).toBe(Number.POSITIVE_INFINITY);
});
