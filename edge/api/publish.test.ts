import { expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import type { Build } from '../../core/builds/types.ts';
import type { MachineSnapshot } from '../../core/machines/types.ts';
import type { CommitsFound } from '../../core/source/types.ts';
import type { Coordinator } from '../../core/types.ts';
import type { EventFeed } from './event-feed.ts';
import { publishChanges } from './publish.ts';

type Published = Parameters<EventFeed['publish']>[0];

function makeListeners<T>() {
  const listeners = new Set<(value: T) => void>();
  return {
    listeners,
    tell: (value: T) => {
      for (const listener of listeners) listener(value);
    },
    on: (listener: (value: T) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function snapshot(load1: number, draining = false): MachineSnapshot {
  return {
    machine: {
      id: 'mch_1',
      name: 'one',
      hostType: 'linux',
      platform: {},
      draining,
      quarantine: null,
      revokedAt: null,
      createdAt: 0,
      lastSeenAt: 0,
    },
    presence: { connected: true, since: 0, remote: null, note: null, status: { load1 } },
    slots: [],
    reliability: { attempts: 0, infrastructureFailures: 0 },
  } as unknown as MachineSnapshot;
}

function make() {
  const clock = createManualClock();
  const published: Published[] = [];
  const builds = makeListeners<Build>();
  const machines = makeListeners<MachineSnapshot>();
  const commits = makeListeners<CommitsFound>();
  const settings = makeListeners<{ broken: object | null }>();
  let current = snapshot(0);
  const coordinator = {
    builds: { onChange: builds.on, counts: () => ({ waiting: 3, running: 2 }), live: () => null },
    machines: { onChange: machines.on, get: () => current },
    source: { onCommits: commits.on },
    settings: { onChange: settings.on },
  } as unknown as Coordinator;
  const stop = publishChanges(coordinator, { publish: (event) => published.push(event) }, clock);
  return {
    clock,
    published,
    builds,
    commits,
    settings,
    stop,
    change(next: MachineSnapshot) {
      current = next;
      machines.tell(next);
    },
    all: [builds, machines, commits, settings],
  };
}

const build = { id: 'bld_1', state: 'running', createdAt: 0, startedAt: null, endedAt: null } as Build;

test('every change of a build is told at once, the counts once for many', async () => {
  const farm = make();
  for (let count = 0; count < 5; count++) farm.builds.tell(build);
  expect(farm.published.map(({ type }) => type)).toEqual(Array(5).fill('build'));
  await farm.clock.advance(100);
  expect(farm.published.slice(5)).toEqual([{ type: 'queue', waiting: 3, running: 2 }]);
});

test('a machine is told of when it changes, and of its load only now and then', async () => {
  const farm = make();
  for (let second = 0; second < 60; second++) {
    farm.change(snapshot(second));
    await farm.clock.advance(1_000);
  }
  expect(farm.published.length).toBe(2);
  farm.change(snapshot(1, true));
  farm.change(snapshot(2, true));
  await farm.clock.advance(100);
  expect(farm.published.at(-1)).toMatchObject({ type: 'machine', machine: { state: 'draining' } });
  expect(farm.published.length).toBe(3);
});

test('commits, a moved head and the configuration are told', () => {
  const farm = make();
  farm.commits.tell({ repo: 'r', branch: 'main', head: 'b', commits: [] });
  farm.settings.tell({ broken: {} });
  expect(farm.published).toEqual([
    { type: 'commits', repo: 'r', branch: 'main', head: 'b', count: 0 },
    { type: 'farm', farm: { configBroken: true } },
  ]);
});

test('stopping leaves no listener and no timer', () => {
  const farm = make();
  farm.builds.tell(build);
  farm.stop();
  expect(farm.all.map(({ listeners }) => listeners.size)).toEqual([0, 0, 0, 0]);
  expect(farm.clock.waiting).toBe(0);
});
