import { expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createGuesses } from './guesses.ts';

test('a token that is no longer right loses its trust', () => {
  const guesses = createGuesses(createManualClock());
  guesses.right('t');
  for (let guess = 0; guess < 30; guess++) guesses.wrong('a', `g${guess}`);
  expect(guesses.waitMs('a', 't')).toBe(0);
  guesses.wrong('a', 't');
  expect(guesses.waitMs('a', 't')).toBeGreaterThan(0);
});

test('addresses and trusted tokens are remembered in bounded numbers, the newest last forgotten', () => {
  const guesses = createGuesses(createManualClock());
  for (let guess = 0; guess < 30; guess++) guesses.wrong('first', 'g');
  for (let address = 0; address < 9_999; address++) guesses.wrong(`a${address}`, 'g');
  expect(guesses.waitMs('first', 'x')).toBeGreaterThan(0);
  guesses.wrong('one more', 'g');
  expect(guesses.waitMs('first', 'x')).toBe(0);
});
