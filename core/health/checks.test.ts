import { expect, test } from 'bun:test';
import type { MachineSnapshot } from '../machines/types.ts';
import { type HealthFacts, healthChecks } from './checks.ts';

function machine(name: string, connected: boolean, quarantine: string | null = null): MachineSnapshot {
  return {
    machine: {
      id: name,
      name,
      hostType: 'linux',
      publicKey: '',
      slots: 1,
      createdAt: 0,
      lastSeenAt: 0,
      draining: false,
      revokedAt: null,
      platform: {} as MachineSnapshot['machine']['platform'],
      quarantine: quarantine === null ? null : { since: 0, reason: quarantine, by: 'farm' },
    },
    presence: { connected, since: 0, remote: null, status: null, note: null },
    slots: [{ slot: 0, state: 'free', holder: null, since: null }],
    reliability: { attempts: 0, infrastructureFailures: 0 },
  };
}

function facts(change: Partial<HealthFacts>, expected = 0): HealthFacts {
  return {
    now: 1_000_000,
    startedAt: 0,
    config: {
      file: null,
      loadedAt: 0,
      broken: null,
      config: {
        hostTypes: [{ name: 'linux', expected }],
        repositories: [{ name: 'r', pollMs: 10_000 }],
      } as unknown as HealthFacts['config']['config'],
    },
    repositories: [{ repo: 'r', lastCheckedAt: 999_000, lastError: null, heads: [], defaultBranch: 'main' }],
    machines: [machine('a', true)],
    queue: { waiting: 0, oldestMs: null, impossible: 0 },
    ...change,
  };
}

const level = (given: HealthFacts, name: string) =>
  healthChecks(given).find((check) => check.name === name)?.level;

test('a quiet farm is well', () => {
  expect(healthChecks(facts({})).every((check) => check.level === 'ok')).toBe(true);
});
test('missing machines are information at first, then a warning, and an error from 15 % on', () => {
  const many = Array.from({ length: 19 }, (_, index) => machine(`m${index}`, true));
  expect(level(facts({ machines: many, now: 60_000 }, 20), 'host type linux')).toBe('info');
  expect(level(facts({ machines: many }, 20), 'host type linux')).toBe('warning');
  expect(level(facts({ machines: many.slice(0, 17) }, 20), 'host type linux')).toBe('error');
});
test('a repository out of reach, one that is no longer polled, and work that can never run are told', () => {
  const state = { repo: 'r', lastCheckedAt: 999_000, lastError: 'no route', heads: [], defaultBranch: null };
  expect(level(facts({ repositories: [state] }), 'repository r')).toBe('error');
  expect(
    level(facts({ repositories: [{ ...state, lastError: null, lastCheckedAt: 100_000 }] }), 'repository r'),
  ).toBe('warning');
  expect(level(facts({ queue: { waiting: 3, oldestMs: 1, impossible: 1 } }), 'queue')).toBe('error');
});
test('a quarantined machine is named with its reason', () => {
  const text = healthChecks(facts({ machines: [machine('a', true, 'disk full')] })).find(
    (check) => check.name === 'quarantine',
  )?.text;
  expect(text).toBe('1 quarantined. a: disk full');
});
