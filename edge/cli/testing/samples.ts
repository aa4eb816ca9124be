/** Resources as a farm answers them. */
import type { Build, BuildDetail, Farm, Machine, Pool, Queue, Repository } from '../../api/model.ts';

export const at = '2030-01-01T00:00:00.000Z';
export const later = '2030-01-01T00:00:12.000Z';
export const commit = 'a'.repeat(40);

export function sampleBuild(state: Build['state'] = 'passed', more: Partial<Build> = {}): Build {
  const ended = !['waiting', 'running'].includes(state);
  return {
    ...{ id: 'bld_1', repo: 'app', commit, builder: 'linux', hostType: 'linux-x64', state },
    ...{ class: 'post-submit', branch: 'main', trigger: 'commit', retryOf: null, requestedBy: null },
    ...{ attempts: 1, maxAttempts: 3, createdAt: at, startedAt: at, endedAt: ended ? later : null },
    ...{ blame: null, message: null, cancelRequestedBy: null },
    ...more,
  };
}

const log = { state: 'sealed', bytes: 10, lines: 2, droppedBytes: 0, removed: null } as const;

export function sampleDetail(build: Build, more: Partial<BuildDetail> = {}): BuildDetail {
  const span = { step: 'run:0', title: 'npm test', startedAt: at, endedAt: later, logLine: 1 };
  const failed = build.state === 'failed';
  return {
    ...build,
    commitDetail: null,
    attemptList: [
      {
        ...{
          id: 'att_1',
          number: 1,
          state: failed ? 'failed' : 'passed',
          slot: 0,
          startedAt: at,
          endedAt: later,
        },
        ...{ machine: { id: 'mch_1', name: 'box' }, error: null, log },
        spans: [{ ...span, state: failed ? 'failed' : 'passed', detail: failed ? 'exit code 1' : null }],
      },
    ],
    artifacts: [
      {
        id: 'art_1',
        path: 'out/app.tar',
        bytes: 2048,
        digest: 'sha256:0',
        url: '/api/v1/artifacts/art_1',
        removed: null,
      },
    ],
    plan: {
      ...{
        steps: [{ name: 'npm test', script: 'npm test' }],
        env: {},
        timeoutMs: 1,
        silenceMs: 1,
        artifacts: [],
      },
      origin: {
        kind: 'detected',
        file: 'package.json',
        why: 'it has a test script',
        change: 'add a croft.json',
      },
    },
    ...{ why: null, reproduce: [], previous: null, following: null },
    ...more,
  };
}

export function sampleMachine(name = 'box', more: Partial<Machine> = {}): Machine {
  return {
    ...{
      id: `mch_${name}`,
      name,
      hostType: 'linux-x64',
      pool: 'reverse',
      state: 'idle',
      doing: 'waits for work',
    },
    since: at,
    slots: [{ slot: 0, state: 'free', build: null, since: null }],
    platform: {
      ...{ os: 'linux', arch: 'x64', release: '6.1', hostname: name, cpus: 2, memoryBytes: 1024 ** 3 },
      ...{ runtime: 'bun', runtimeVersion: '1.4.5', agentVersion: '0.1.0' },
    },
    status: { load1: 0.5, memoryFreeBytes: 1, diskFreeBytes: 1, diskTotalBytes: 2, uptimeMs: 1 },
    ...{
      remote: null,
      createdAt: at,
      lastSeenAt: at,
      reliability: { attempts: 4, infrastructureFailures: 1 },
    },
    quarantine: null,
    ...more,
  };
}

export const sampleFarm: Farm = {
  ...{ name: 'Croft', version: '0.1.0', environment: 'development', startedAt: at, anonymousReading: true },
  config: { file: null, loadedAt: at, broken: null },
  counts: { waiting: 1, running: 2, machines: 3, machinesConnected: 2, slots: 4, busySlots: 2 },
  you: { name: 'admin', scopes: ['admin'] },
};

export const sampleRepository: Repository = {
  ...{ name: 'app', url: 'https://example.org/app.git', defaultBranch: 'main', builders: ['linux'] },
  ...{ branches: [{ name: 'main', head: commit }], lastCheckedAt: at, lastError: null },
};

export const samplePool: Pool = {
  ...{
    kind: 'reverse',
    hostType: 'linux-x64',
    expected: 1,
    connected: 1,
    slots: 1,
    busySlots: 0,
    waiting: 0,
  },
  ...{ problem: null, machines: [] },
};

export const sampleWhy = {
  ...{ summary: 'both machines are busy', blockers: [{ kind: 'busy', text: 'box builds bld_0' }], ahead: 2 },
  impossible: false,
  expectedStart: {
    earliest: '2030-01-01T00:01:00.000Z',
    likely: '2030-01-01T00:02:00.000Z',
    latest: '2030-01-01T00:05:00.000Z',
  },
  basis: 'from the last 20 durations',
};

export const sampleQueue: Queue = {
  ...{ waiting: 1, running: 2, byClass: { 'post-submit': 1 }, next: null },
  items: [{ build: sampleBuild('waiting', { startedAt: null }), why: sampleWhy }],
};
