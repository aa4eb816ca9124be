/** A seeded farm as the REST API would answer it: builds, machines, queue, with everything that is hard to show. */
import type {
  Build,
  BuildDetail,
  Farm,
  Grid,
  Health,
  Machine,
  Pool,
  Queue,
  Repository,
} from '../../edge/api/model.ts';

export interface FixtureSize {
  readonly builders: number;
  readonly commits: number;
  readonly machines: number;
  readonly waiting: number;
}

export const smallFixture: FixtureSize = { builders: 12, commits: 400, machines: 14, waiting: 9 };

type Row = Grid['commits'][number];

/** mulberry32: small, seeded, good enough for test data. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const hostileSubject = `<img src=x onerror="window.hacked=1"> "quoted" & <script>window.hacked=2</script> \u202e reversed`;
export const longSubject = `scheduler: ${'a very long subject that never seems to end '.repeat(6)}`;

const subjects = [
  'net/http: close idle connections when the server says so',
  'runtime: shrink stacks less eagerly',
  'cmd/compile: keep the order of evaluation in range loops',
  'docs: say what a lease is',
  'all: bump dependencies',
  'storage: one transaction for one store method',
  'fix flaky test of the dial back-off',
  hostileSubject,
  longSubject,
  '',
];
const people = [
  'Ada Lovelace',
  'Grace Hopper',
  'Mallory <b>bold</b>',
  'Konrad Zuse',
  'Frances Elizabeth Allen-Featherstonehaugh',
];
const systems = [
  'linux-amd64',
  'linux-arm64',
  'darwin-arm64',
  'windows-amd64',
  'freebsd-amd64',
  'linux-riscv64',
];
const flavours = [
  '',
  '-race',
  '-longtest',
  '-nocgo',
  '-clang',
  '-staticcheck',
  '-boringcrypto-with-a-long-name',
];

export function builderNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / (systems.length * flavours.length));
    const flavour = flavours[Math.floor(index / systems.length) % flavours.length];
    return `${systems[index % systems.length]}${flavour}${round === 0 ? '' : `-${round}`}`;
  });
}

export interface FixtureData {
  readonly now: number;
  readonly builders: readonly string[];
  /** Newest first. */
  readonly rows: Row[];
  readonly builds: Map<string, Build>;
  readonly machines: Machine[];
  readonly size: FixtureSize;
}

const minute = 60_000;

function iso(at: number): string {
  return new Date(at).toISOString();
}

function hashOf(random: () => number): string {
  return Array.from({ length: 5 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}

function stateOf(random: () => number, age: number): Build['state'] {
  const chance = random();
  if (age < 2) return chance < 0.35 ? 'waiting' : chance < 0.7 ? 'running' : 'passed';
  if (chance < 0.86) return 'passed';
  if (chance < 0.95) return 'failed';
  return chance < 0.975 ? 'error' : 'cancelled';
}

const messages: Partial<Record<Build['state'], string>> = {
  failed: 'npm test ended with exit code 1',
  error: 'The machine went away during the build, three times',
  cancelled: 'Cancelled by ada',
};

function buildOf(
  id: string,
  place: { commit: string; builder: string; at: number },
  state: Build['state'],
  ms: number,
): Build {
  const isOver = state !== 'waiting' && state !== 'running';
  return {
    id,
    repo: 'croft',
    commit: place.commit,
    builder: place.builder,
    hostType: systems.find((system) => place.builder.startsWith(system)) ?? 'linux-amd64',
    state,
    class: state === 'waiting' ? 'backfill' : 'post-submit',
    branch: 'main',
    trigger: 'commit',
    retryOf: null,
    requestedBy: null,
    attempts: state === 'waiting' ? 0 : state === 'error' ? 3 : 1,
    maxAttempts: 3,
    createdAt: iso(place.at),
    startedAt: state === 'waiting' ? null : iso(place.at + 20_000),
    endedAt: isOver ? iso(place.at + 20_000 + ms) : null,
    blame: state === 'failed' ? 'change' : state === 'error' ? 'machine' : null,
    message: messages[state] ?? null,
    cancelRequestedBy: state === 'cancelled' ? 'ada' : null,
  };
}

export function createFixtureData(size: FixtureSize, now: number): FixtureData {
  const random = seededRandom(7);
  const builders = builderNames(size.builders);
  const builds = new Map<string, Build>();
  const hashes = Array.from({ length: size.commits + 1 }, () => hashOf(random));
  let serial = size.commits * size.builders;
  const rows = Array.from({ length: size.commits }, (_, index): Row => {
    const at = now - 4 * minute - index * 37 * minute;
    const commit = hashes[index] ?? '';
    const cells = builders.map((builder) => {
      const id = `bld_${String(serial--).padStart(12, '0')}`;
      if (random() < 0.08) return null;
      const ms = Math.floor(2_000 + random() ** 3 * 30 * minute);
      const state = stateOf(random, index);
      const build = buildOf(id, { commit, builder, at }, state, ms);
      // Everything of a huge fixture is not kept: the grid has the cell, and a build is made again when asked for.
      if (builds.size < 50_000) builds.set(id, build);
      return { id, state, ms: state === 'waiting' || state === 'running' ? null : ms };
    });
    return {
      repo: 'croft',
      hash: commit,
      parents: [hashes[index + 1] ?? ''],
      author: {
        name: people[Math.floor(random() * people.length)] ?? '',
        email: `dev${index % 7}@example.org`,
      },
      authoredAt: iso(at - minute),
      committedAt: iso(at),
      subject: subjects[Math.floor(random() * subjects.length)] ?? '',
      cells,
    };
  });
  return { now, builders, rows, builds, machines: machinesOf(size.machines, now, random), size };
}

const machineStates = ['busy', 'busy', 'idle', 'busy', 'away', 'draining', 'quarantined', 'idle'] as const;
const doing: Readonly<Record<Machine['state'], string>> = {
  busy: 'builds linux-amd64-race of croft at 1f2e3d4c',
  idle: 'is free and waits for work',
  away: 'has not been seen for 4 minutes; its work is placed anew at 10:52',
  draining: 'finishes what it runs and takes nothing new, because ada asked',
  quarantined: 'five attempts in a row were lost here',
  revoked: 'its key was revoked',
};

function machinesOf(count: number, now: number, random: () => number): Machine[] {
  return Array.from({ length: count }, (_, index) => {
    const state = machineStates[index % machineStates.length] ?? 'idle';
    const hostType = systems[index % systems.length] ?? '';
    const attempts = Math.floor(random() * 900);
    const slots = 1 + (index % 4) * 2;
    return {
      id: `mch_${String(index).padStart(6, '0')}`,
      name:
        index === 3
          ? '<b>not bold</b>.example.org'
          : `${hostType}-${String(index).padStart(3, '0')}.rack${index % 9}.example.org`,
      hostType,
      pool: 'reverse',
      state,
      doing: doing[state],
      since: iso(now - Math.floor(random() * 300) * minute),
      slots: Array.from({ length: slots }, (_, slot) => ({
        slot,
        state:
          state === 'busy' && slot % 3 !== 2
            ? ('busy' as const)
            : state === 'quarantined'
              ? ('dirty' as const)
              : ('free' as const),
        build:
          state === 'busy' && slot % 3 !== 2
            ? { id: 'bld_running', builder: 'linux-amd64-race', repo: 'croft', commit: '1f2e3d4c' }
            : null,
        since: iso(now - 90_000),
      })),
      platform: {
        os: hostType.split('-')[0] ?? 'linux',
        arch: hostType.split('-')[1] ?? 'amd64',
        release: '6.18.0',
        hostname: `host-${index}`,
        cpus: 16,
        memoryBytes: 64 * 1024 ** 3,
        runtime: 'bun',
        runtimeVersion: '1.4.5',
        agentVersion: '0.1.0',
      },
      status:
        state === 'away'
          ? null
          : {
              load1: random() * 16,
              memoryFreeBytes: random() * 60 * 1024 ** 3,
              diskFreeBytes: 30e9,
              diskTotalBytes: 900e9,
              uptimeMs: 86_400_000 * 12,
            },
      remote: '10.1.2.3',
      createdAt: iso(now - 90 * 86_400_000),
      lastSeenAt: iso(now - 3_000),
      reliability: {
        attempts,
        infrastructureFailures:
          state === 'quarantined' ? Math.floor(attempts * 0.2) : Math.floor(random() * 3),
      },
      quarantine:
        state === 'quarantined'
          ? { since: iso(now - 3_600_000), reason: 'five attempts in a row were lost here', by: 'farm' }
          : null,
    };
  });
}

export function farmOf(data: FixtureData, you: Farm['you'], broken: Farm['config']['broken']): Farm {
  const states = [...data.builds.values()].map((build) => build.state);
  return {
    name: 'Croft of the tests',
    version: '0.1.0',
    environment: 'development',
    startedAt: iso(data.now - 3 * 86_400_000),
    anonymousReading: true,
    config: { file: '/srv/croft/farm.config.ts', loadedAt: iso(data.now - 86_400_000), broken },
    counts: {
      waiting: data.size.waiting,
      running: states.filter((state) => state === 'running').length,
      machines: data.machines.length,
      machinesConnected: data.machines.filter((machine) => machine.state !== 'away').length,
      slots: data.machines.reduce((sum, machine) => sum + machine.slots.length, 0),
      busySlots: data.machines.flatMap((machine) => machine.slots).filter((slot) => slot.state === 'busy')
        .length,
    },
    you,
  };
}

export function repositoriesOf(data: FixtureData): Repository[] {
  const head = data.rows[0]?.hash ?? '';
  const repository = {
    url: 'https://git.example.org/croft.git',
    defaultBranch: 'main',
    branches: [
      { name: 'main', head },
      { name: 'release/1.0', head },
    ],
    builders: ['*'],
    lastCheckedAt: iso(data.now - 4_000),
    lastError: null,
  };
  return [
    { ...repository, name: 'croft' },
    { ...repository, name: 'tools/with/slashes', lastError: 'git.example.org does not answer' },
  ];
}

export function poolsOf(data: FixtureData): Pool[] {
  return Object.entries(Object.groupBy(data.machines, (machine) => machine.hostType)).map(
    ([hostType, machines = []]) => {
      const connected = machines.filter((machine) => machine.state !== 'away').length;
      return {
        kind: 'reverse',
        hostType,
        expected: machines.length,
        connected,
        slots: machines.reduce((sum, machine) => sum + machine.slots.length, 0),
        busySlots: machines.flatMap((machine) => machine.slots).filter((slot) => slot.state === 'busy')
          .length,
        waiting: data.size.waiting,
        problem:
          connected < machines.length
            ? `${machines.length - connected} of ${machines.length} expected machines are missing`
            : null,
        machines,
      };
    },
  );
}

export function queueOf(data: FixtureData, from: number, limit: number): Queue {
  const items = Array.from(
    { length: Math.max(0, Math.min(limit, data.size.waiting - from)) },
    (_, offset) => {
      const index = from + offset;
      const impossible = index === 2;
      const builder = data.builders[index % data.builders.length] ?? '';
      const commit = data.rows[index % data.rows.length]?.hash ?? '';
      const build = buildOf(
        `bld_w${index}`,
        { commit, builder, at: data.now - (index + 1) * minute },
        'waiting',
        0,
      );
      const start = data.now + index * 90_000;
      return {
        build: {
          ...build,
          class: (['interactive', 'try', 'post-submit', 'backfill'] as const)[index % 4] ?? 'try',
        },
        why: {
          summary: impossible
            ? 'No machine that the farm has or expects is of the host type plan9-arm'
            : `All ${4 + (index % 3)} machines of ${builder.slice(0, 11)} are busy; about ${index + 1} min until one is free`,
          blockers: [
            {
              kind: impossible ? 'impossible' : 'machines-busy',
              text: `Machines of the host type are at work on ${index} other builds`,
            },
          ],
          ahead: index,
          impossible,
          expectedStart: impossible
            ? null
            : { earliest: iso(start), likely: iso(start + 60_000), latest: iso(start + 200_000) },
          basis: '12 earlier builds of this builder',
        },
      };
    },
  );
  const next = from + items.length < data.size.waiting ? String(from + items.length) : null;
  return {
    waiting: data.size.waiting,
    running: 7,
    byClass: { interactive: 2, try: 2, 'post-submit': 2, backfill: data.size.waiting - 6 },
    items,
    next,
  };
}

export function healthOf(): Health {
  return {
    ok: false,
    checks: [
      { name: 'database', level: 'ok', text: 'answers in 0.4 ms' },
      { name: 'blobs', level: 'ok', text: 'folder is writable, 812 GiB free' },
      { name: 'machines', level: 'warning', text: '2 of 5 expected machines of linux-arm64 are missing' },
      {
        name: 'repositories',
        level: 'error',
        text: 'tools/with/slashes: git.example.org does not answer since 14 minutes',
      },
      { name: 'config', level: 'info', text: 'the built-in configuration is in force' },
    ],
  };
}

export function detailOf(data: FixtureData, build: Build): BuildDetail {
  const row = data.rows.find((one) => one.hash === build.commit);
  const column = data.builders.indexOf(build.builder);
  const index = row === undefined ? -1 : data.rows.indexOf(row);
  const neighbour = (at: number): Build | null =>
    data.builds.get(data.rows[at]?.cells[column]?.id ?? '') ?? null;
  const { cells: _, ...commit } = row ?? { cells: [] };
  return {
    ...build,
    commitDetail: row === undefined ? null : (commit as BuildDetail['commitDetail']),
    attemptList: attemptsOf(data, build),
    artifacts:
      build.state === 'passed'
        ? [
            {
              id: 'art_1',
              path: 'dist/croft-0.1.0.tar.gz',
              bytes: 12_345_678,
              digest: 'sha256:00',
              url: '/api/v1/artifacts/art_1',
            },
          ]
        : [],
    plan: {
      steps: [
        { name: 'npm ci', script: 'npm ci' },
        { name: 'npm test', script: 'npm test -- --reporter=dots' },
      ],
      env: { NODE_ENV: 'test', LANG: 'C.UTF-8' },
      timeoutMs: 3_600_000,
      silenceMs: 600_000,
      artifacts: ['dist/*.tar.gz'],
      origin: {
        kind: 'detected',
        file: 'package.json',
        why: 'package.json has a test script and package-lock.json is there',
        change: 'Add a croft.json with your own steps',
      },
    },
    why: build.state === 'waiting' ? (queueOf(data, 0, 1).items[0]?.why ?? null) : null,
    reproduce: [
      'git clone https://git.example.org/croft.git && cd croft',
      `git checkout ${build.commit}`,
      'npm ci',
      'npm test -- --reporter=dots',
    ],
    previous: index === -1 ? null : neighbour(index + 1),
    following: index === -1 ? null : neighbour(index - 1),
  };
}

function attemptsOf(data: FixtureData, build: Build): BuildDetail['attemptList'] {
  if (build.state === 'waiting' || build.startedAt === null) return [];
  const started = Date.parse(build.startedAt);
  const ended = build.endedAt === null ? null : Date.parse(build.endedAt);
  const end = ended ?? data.now;
  const at = (share: number): string => iso(started + (end - started) * share);
  const last =
    build.state === 'failed'
      ? 'failed'
      : build.state === 'running'
        ? 'running'
        : build.state === 'passed'
          ? 'passed'
          : 'broken-off';
  const spans: BuildDetail['attemptList'][number]['spans'] = [
    {
      step: 'plan',
      title: 'Plan',
      startedAt: at(0),
      endedAt: at(0.01),
      state: 'passed',
      logLine: null,
      detail: null,
    },
    {
      step: 'prepare',
      title: 'Fetch the source',
      startedAt: at(0.01),
      endedAt: at(0.08),
      state: 'passed',
      logLine: null,
      detail: null,
    },
    {
      step: 'run:0',
      title: 'npm ci',
      startedAt: at(0.08),
      endedAt: at(0.4),
      state: 'passed',
      logLine: 1,
      detail: null,
    },
    {
      step: 'run:1',
      title: 'npm test -- --reporter=dots',
      startedAt: at(0.4),
      endedAt: ended === null ? null : at(0.98),
      state: last,
      logLine: 400,
      detail: last === 'failed' ? 'exit code 1' : null,
    },
  ];
  const machine = { id: 'mch_000000', name: data.machines[0]?.name ?? 'machine' };
  const attempt = (number: number, isLast: boolean): BuildDetail['attemptList'][number] => ({
    id: `att_${build.id}_${number}`,
    number,
    state: !isLast
      ? 'infrastructure'
      : build.state === 'error'
        ? 'infrastructure'
        : build.state === 'running'
          ? 'running'
          : build.state === 'failed'
            ? 'failed'
            : build.state === 'cancelled'
              ? 'cancelled'
              : 'passed',
    machine,
    slot: 0,
    startedAt: iso(started),
    endedAt: isLast && ended === null ? null : iso(end),
    error:
      isLast && build.state !== 'error'
        ? null
        : { code: 'machine_lost', blame: 'machine', message: 'The machine did not come back in time' },
    spans,
    log: {
      state: isLast && ended === null ? 'open' : 'sealed',
      bytes: 100_000,
      lines: 2_000,
      droppedBytes: 0,
    },
  });
  return Array.from({ length: build.attempts }, (_, index) =>
    attempt(index + 1, index === build.attempts - 1),
  );
}
