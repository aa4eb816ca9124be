import { expect, test } from 'bun:test';
import type { Machine } from '../../../api/model.ts';
import { isUnreliable, matchesMachine, reliabilityText, withMachines } from './machine-words.ts';

function machine(id: string, patch: Partial<Machine> = {}): Machine {
  return {
    id,
    name: `${id}.example.org`,
    hostType: 'linux-arm64',
    state: 'idle',
    platform: { os: 'linux', arch: 'arm64', hostname: 'rack4' },
    ...patch,
  } as Machine;
}

test('reliability in words', () => {
  expect(reliabilityText({ attempts: 0, infrastructureFailures: 0 })).toBe('no attempts yet');
  expect(reliabilityText({ attempts: 1, infrastructureFailures: 0 })).toBe('1 attempt, none lost');
  expect(reliabilityText({ attempts: 250, infrastructureFailures: 4 })).toBe('98.4 % of 250 attempts');
  expect(reliabilityText({ attempts: 9_000, infrastructureFailures: 1 })).toBe(
    '99.99 % of 9\u202f000 attempts',
  );
  expect(isUnreliable({ attempts: 20, infrastructureFailures: 1 })).toBe(true);
  expect(isUnreliable({ attempts: 0, infrastructureFailures: 0 })).toBe(false);
});

test('a machine is found by any of its names', () => {
  const one = machine('m1');
  expect(matchesMachine(one, { state: null, text: 'ARM64 rack4' })).toBe(true);
  expect(matchesMachine(one, { state: 'busy', text: '' })).toBe(false);
  expect(matchesMachine(one, { state: null, text: 'windows' })).toBe(false);
});

test('news replace by id, and a new machine comes last', () => {
  const list = withMachines(
    [machine('m1'), machine('m2')],
    [machine('m3'), machine('m1', { state: 'busy' })],
  );
  expect(list.map((one) => [one.id, one.state])).toEqual([
    ['m1', 'busy'],
    ['m2', 'idle'],
    ['m3', 'idle'],
  ]);
});
