import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { configLimits } from './config-limits.ts';
import { builderDefaults, policyDefaults } from './defaults.ts';
import type { FarmFile } from './farm-schema.ts';
import { readFarmConfig, readRepositoryConfig } from './read-config.ts';
import type { ConfigProblem } from './types.ts';

const small: FarmFile = {
  repositories: [{ name: 'site', url: 'https://git.example.org/site.git' }],
  hostTypes: [{ name: 'linux', os: 'linux' }],
  builders: [{ name: 'linux-test', hostType: 'linux' }],
};

function problemsOf(read: { config: unknown } | { problems: readonly ConfigProblem[] }) {
  return 'problems' in read ? read.problems : [];
}
function farmProblems(change: Record<string, unknown>) {
  return problemsOf(readFarmConfig({ ...small, ...change }));
}
function at(problems: readonly ConfigProblem[], path: string): ConfigProblem {
  const found = problems.find((problem) => problem.path === path);
  if (found === undefined) throw new Error(`nothing at ${path}, only at ${problems.map((p) => p.path)}`);
  return found;
}

describe('a farm that is right', () => {
  test('gets every default', () => {
    const read = readFarmConfig(small);
    expect(read).toEqual({
      config: {
        name: 'Croft',
        repositories: [
          {
            name: 'site',
            url: 'https://git.example.org/site.git',
            branches: [],
            builders: ['*'],
            history: 20,
            pollMs: 30_000,
          },
        ],
        hostTypes: [{ name: 'linux', os: 'linux', arch: null, labels: [], expected: 0 }],
        builders: [{ name: 'linux-test', hostType: 'linux', ...builderDefaults }],
        policies: policyDefaults,
      },
    });
  });

  test('keeps what it says, durations in ms and sizes in bytes', () => {
    const read = readFarmConfig({
      $schema: 'x',
      name: 'Lab',
      repositories: [
        { name: 'a', url: '/srv/a', branches: ['**', '!wip/**'], builders: ['l*'], history: 5, poll: '5m' },
      ],
      hostTypes: [{ name: 'l', os: 'linux', arch: 'x64', labels: ['gpu'], expected: 2 }],
      builders: [
        {
          name: 'l-1',
          hostType: 'l',
          steps: ['make', 'make test'],
          env: { A: '1' },
          secrets: { KEY: 'hunter2hunter2' },
          timeout: 90_000,
          silence: '1h30m',
          artifacts: ['out/**'],
          attempts: 1,
          priority: -5,
        },
      ],
      policies: {
        anonymousReading: false,
        logSize: '10MiB',
        away: '2m',
        quarantineAfter: 9,
        weights: { backfill: 3 },
        retention: { logs: { age: '400d' }, archives: { age: 86_400_000, size: '1TiB' } },
      },
    });
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    const { config } = read;
    expect(config.name).toBe('Lab');
    expect(config.repositories[0]).toMatchObject({
      history: 5,
      pollMs: 300_000,
      branches: ['**', '!wip/**'],
    });
    expect(config.builders[0]).toEqual({
      name: 'l-1',
      hostType: 'l',
      steps: ['make', 'make test'],
      env: { A: '1' },
      secrets: { KEY: 'hunter2hunter2' },
      timeoutMs: 90_000,
      silenceMs: 5_400_000,
      artifacts: ['out/**'],
      attempts: 1,
      priority: -5,
    });
    expect(config.policies).toEqual({
      anonymousReading: false,
      logBytes: 10 * 1024 ** 2,
      awayMs: 120_000,
      quarantineAfter: 9,
      weights: { ...policyDefaults.weights, backfill: 3 },
      retention: {
        ...policyDefaults.retention,
        logs: { ageMs: 400 * 86_400_000, bytes: null },
        archives: { ageMs: 86_400_000, bytes: 1024 ** 4 },
      },
    });
  });

  test('without machines and builders it has the local ones', () => {
    const read = readFarmConfig({ repositories: [] });
    expect(read).toMatchObject({
      config: {
        hostTypes: [{ name: 'local' }],
        builders: [{ name: 'local', hostType: 'local', steps: null }],
      },
    });
  });

  test('a field that is there and undefined counts as left out', () => {
    const read = readFarmConfig({
      repositories: [],
      hostTypes: [{ name: 'local', os: undefined, expected: undefined }],
      policies: { weights: { try: undefined } },
    });
    expect(read).toMatchObject({
      config: { hostTypes: [{ os: null, expected: 0 }], policies: { weights: policyDefaults.weights } },
    });
  });
});

describe('a farm that is wrong', () => {
  test('tells everything at once, in its own terms', () => {
    const problems = problemsOf(
      readFarmConfig({
        repositorys: [],
        hostTypes: [{ name: 'linux' }, { name: 'LINUX' }, { name: 'a/b' }],
        builders: [
          { name: 'one', hostType: 'linx', timeout: '5 minutes', steps: [] },
          { name: 'one', hostType: 'linux', env: { 'A-B': 'x', CROFT_BUILD: '1', OK: 7 }, attempts: 0 },
          { hostType: 'linux', step: ['make'], silence: 0, priority: 1.5 },
        ],
        policies: { weights: { tries: 1 }, anonymousReading: 'no', logSize: '1' },
      }),
    );
    expect(problems.map((problem) => problem.path).sort()).toEqual(
      [
        'repositorys',
        'repositories',
        'hostTypes[1].name',
        'hostTypes[2].name',
        'builders[0].hostType',
        'builders[0].timeout',
        'builders[0].steps',
        'builders[1].name',
        'builders[1].env["A-B"]',
        'builders[1].env.CROFT_BUILD',
        'builders[1].env.OK',
        'builders[1].attempts',
        'builders[2].name',
        'builders[2].step',
        'builders[2].silence',
        'builders[2].priority',
        'policies.weights.tries',
        'policies.anonymousReading',
        'policies.logSize',
      ].sort(),
    );
    expect(at(problems, 'repositorys').fix).toBe('Did you mean "repositories"?');
    expect(at(problems, 'builders[0].hostType').fix).toBe('Did you mean "linux"?');
    expect(at(problems, 'builders[2].step').fix).toBe('Did you mean "steps"?');
    expect(at(problems, 'builders[0].timeout').problem).toBe('"5 minutes" is not a duration');
    expect(at(problems, 'builders[1].env.CROFT_BUILD').problem).toContain('set by Croft itself');
    expect(at(problems, 'hostTypes[1].name').problem).toContain('taken by hostTypes[0]');
    expect(problems.every(({ problem, fix }) => problem !== '' && fix !== '')).toBe(true);
  });

  test.each([
    ['ext::sh -c "touch /tmp/x"', 'helper program'],
    ['--upload-pack=x', 'option'],
    ['website.git', 'neither'],
    ['../website', 'neither'],
    ['ftp://example.org/x', '"ftp"'],
    ['https://', 'well-formed'],
    ['https://example.org/\nx', 'control character'],
    [' /srv/x', 'white space'],
  ])('the address %j is refused', (url, problem) => {
    const found = farmProblems({ repositories: [{ name: 'a', url }] });
    expect(at(found, 'repositories[0].url').problem).toContain(problem);
  });

  test.each([
    'https://git.example.org/a.git',
    'ssh://git@example.org:22/a',
    'git@example.org:group/a.git',
    'file:///srv/git/a.git',
    '/srv/git/a',
    'C:\\git\\a',
  ])('the address %j is taken', (url) => {
    expect(farmProblems({ repositories: [{ name: 'a', url }] })).toEqual([]);
  });

  test('a problem never repeats an address, which may hold a password', () => {
    const url = 'ftp://user:hunter2@example.org/x';
    expect(JSON.stringify(farmProblems({ repositories: [{ name: 'a', url }] }))).not.toContain('hunter2');
  });

  test('retention that would take what nobody has seen yet', () => {
    const read = readFarmConfig({
      ...small,
      policies: { retention: { logs: { age: '1h' }, artifacts: { size: '1KiB' }, pictures: {} } },
    });
    const paths = 'problems' in read ? read.problems.map(({ path }) => path) : [];
    expect(paths.sort()).toEqual([
      'policies.retention.artifacts.size',
      'policies.retention.logs.age',
      'policies.retention.pictures',
    ]);
  });

  test('nor a secret, which hides something and stands in no other place', () => {
    const problems = (secrets: object, env = {}) => {
      const read = readFarmConfig({ ...small, builders: [{ name: 'b', hostType: 'linux', secrets, env }] });
      return 'problems' in read ? JSON.stringify(read.problems) : 'none';
    };
    expect(problems({ KEY: 'hunter22' })).toBe('none');
    expect(problems({ KEY: 'hunter2' })).toContain('at least 8 characters');
    expect(problems({ KEY: '  hunter2  ' })).toContain('builders[0].secrets.KEY');
    expect(problems({ KEY: 'hunter2hunter2' }, { KEY: 'x' })).toContain('in env too');
    expect(problems({ CROFT_KEY: 'hunter2hunter2' })).toContain('set by Croft itself');
    expect(problems({ KEY: 'x'.repeat(8 * 1024 + 1) })).toContain('longer than 8192');
    for (const secret of [1234567890, ['1234567890'], { a: '1234567890' }, `1234567890\0`])
      expect(problems({ KEY: secret })).not.toContain('1234567890');
  });

  test('a repository names builders that exist', () => {
    const problems = farmProblems({
      repositories: [
        { name: 'a', url: '/a', builders: ['linux-tst'] },
        { name: 'b', url: '/b', builders: [] },
        { name: 'c', url: '/c', builders: ['linux-*', '!windows-*'] },
      ],
    });
    expect(at(problems, 'repositories[0].builders[0]').fix).toBe('Did you mean "linux-test"?');
    expect(at(problems, 'repositories[1].builders').problem).toBe('No builder builds this repository');
    expect(at(problems, 'repositories[2].builders[1]').problem).toContain('No builder matches');
  });

  test('steps inside of a list are named one by one', () => {
    const problems = farmProblems({
      builders: [{ name: 'b', hostType: 'linux', steps: ['make', 7, '  ', 'a\0b'] }],
    });
    expect(problems.map((problem) => problem.path)).toEqual([
      'builders[0].steps[1]',
      'builders[0].steps[2]',
      'builders[0].steps[3]',
    ]);
  });

  test.each([
    [0, 'silence'],
    [999, 'silence'],
    ['8d', 'timeout'],
  ])('a limit of %p for %s is out of range', (value, field) => {
    const problems = farmProblems({ builders: [{ name: 'b', hostType: 'linux', [field]: value }] });
    expect(problems.map((problem) => problem.path)).toEqual([`builders[0].${field}`]);
  });

  test('host types of one’s own need a builder', () => {
    const problems = problemsOf(readFarmConfig({ repositories: [], hostTypes: [{ name: 'mac' }] }));
    expect(problems.map((problem) => problem.path)).toEqual(['builders']);
  });

  test('hundreds of problems are cut, and said so', () => {
    const problems = farmProblems({ builders: Array.from({ length: 500 }, () => ({})) });
    expect(problems.length).toBe(configLimits.problems + 1);
    expect(problems.at(-1)?.problem).toContain('more problems');
  });

  test.each([[null], [[]], ['x'], [7], [undefined], [true]])('%p as the whole file', (value) => {
    const problems = problemsOf(readFarmConfig(value));
    expect(problems.map((problem) => problem.path)).toEqual(['the whole file']);
  });
});

describe('croft.json', () => {
  test('is read with its sections in order', () => {
    const read = readRepositoryConfig({
      steps: ['make'],
      timeout: '10m',
      builders: { 'win-*': { steps: ['nmake'] }, linux: { env: { A: 'b' } } },
    });
    expect(read).toEqual({
      config: {
        top: { steps: ['make'], env: {}, artifacts: null, timeoutMs: 600_000, silenceMs: null },
        sections: [
          {
            glob: 'win-*',
            recipe: { steps: ['nmake'], env: {}, artifacts: null, timeoutMs: null, silenceMs: null },
          },
          {
            glob: 'linux',
            recipe: { steps: null, env: { A: 'b' }, artifacts: null, timeoutMs: null, silenceMs: null },
          },
        ],
      },
    });
  });

  test('an empty file is right', () => {
    expect(readRepositoryConfig({})).toHaveProperty('config');
  });

  test('tells everything at once', () => {
    const problems = problemsOf(
      readRepositoryConfig({
        run: ['make'],
        steps: 'make',
        artifacts: ['/etc/passwd', '../x', '!y', 'ok/**'],
        env: { CROFT_X: 'a' },
        builders: { '': {}, '!a': {}, linux: { stepz: [], timeout: 'soon' } },
      }),
    );
    expect(problems.map((problem) => problem.path).sort()).toEqual(
      [
        'run',
        'steps',
        'artifacts[0]',
        'artifacts[1]',
        'artifacts[2]',
        'env.CROFT_X',
        'builders[""]',
        'builders["!a"]',
        'builders.linux.stepz',
        'builders.linux.timeout',
      ].sort(),
    );
    expect(at(problems, 'builders.linux.stepz').fix).toBe('Did you mean "steps"?');
  });

  test('__proto__ is refused wherever it stands', () => {
    const value: unknown = JSON.parse(
      '{"__proto__": {}, "env": {"__proto__": "x"}, "builders": {"__proto__": {"steps": []}}}',
    );
    const paths = problemsOf(readRepositoryConfig(value)).map((problem) => problem.path);
    expect(paths).toContain('__proto__');
    expect(paths).toContain('env.__proto__');
  });

  test('its limits hold at the limit and one past it', () => {
    const steps = (count: number) => ({ steps: Array.from({ length: count }, () => 'true') });
    expect(problemsOf(readRepositoryConfig(steps(100)))).toEqual([]);
    expect(problemsOf(readRepositoryConfig(steps(101))).map((problem) => problem.path)).toEqual(['steps']);
    const step = (length: number) => ({ steps: ['x'.repeat(length)] });
    expect(problemsOf(readRepositoryConfig(step(65_536)))).toEqual([]);
    expect(problemsOf(readRepositoryConfig(step(65_537)))).toHaveLength(1);
  });
});

describe('whatever is read, nothing is thrown', () => {
  const key = fc.constantFrom(
    'name',
    'url',
    'steps',
    'env',
    'builders',
    'hostTypes',
    'hostType',
    'repositories',
    'policies',
    'weights',
    'timeout',
    'artifacts',
    '__proto__',
    'a/b~c',
    '',
    'CROFT_X',
  );
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant('1h'),
    fc.constant('linux'),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
    ),
  }));
  test.each([readFarmConfig, readRepositoryConfig])('by %p', (read) => {
    fc.assert(
      fc.property(fc.oneof(tree, fc.jsonValue(), fc.anything()), (value) => {
        const result = read(value);
        if ('problems' in result) expect(result.problems.length).toBeGreaterThan(0);
        else expect(typeof value).toBe('object');
      }),
      { numRuns: 400 },
    );
  });
});
