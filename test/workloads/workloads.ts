/** The real projects that the farm is tried with, each by what a registry ships of it. */
import { goTreeScripts } from '../../core/builders/index.ts';
import type { Workload } from './types.ts';

/** Of advisories CVE-2020-7598 and CVE-2021-44906: a command line must not reach what every object inherits. */
const pollution = `const parse = require('./');
parse(['--__proto__.polluted=1']);
parse(['--constructor.prototype.polluted=1']);
parse(['--_.concat.constructor.prototype.polluted=1']);
const found = [{}, () => {}].filter((value) => value.polluted !== undefined);
if (found.length > 0) throw new Error('what every object or function inherits was polluted');
`;

/** tape stands beside the project, since the project's own manifest wants another, and linters of its time. */
const tapeSteps = [
  'npm install --prefix .tools --ignore-scripts --no-audit --no-fund tape@5',
  'NODE_PATH="$PWD/.tools/node_modules" .tools/node_modules/.bin/tape "test/*.js"',
  'node check-pollution.js',
];

function allOf(versions: readonly string[], reason: string): Readonly<Record<string, string>> {
  return Object.fromEntries(versions.map((version) => [version, reason]));
}

export const workloads: readonly Workload[] = [
  {
    // Detected: go.mod.
    name: 'uuid',
    registry: 'go',
    project: 'github.com/google/uuid',
    versions: [
      ...['v1.0.0', 'v1.1.0', 'v1.1.1', 'v1.1.2', 'v1.1.3', 'v1.1.4', 'v1.1.5'],
      ...['v1.2.0', 'v1.3.0', 'v1.3.1', 'v1.4.0', 'v1.5.0', 'v1.6.0'],
    ],
    builders: [
      { name: 'go', timeout: '10m' },
      { name: 'go-vet', timeout: '10m', steps: ['go vet ./...'] },
    ],
    red: { 'v1.0.0': 'has no go.mod: nothing is detected, and go vet finds no module' },
  },
  {
    // Detected: tox.ini, or setup.py with pytest.
    name: 'more-itertools',
    registry: 'pypi',
    project: 'more-itertools',
    versions: [
      ...['2.2', '2.6.0', '3.0.0', '4.0.0', '4.2.0', '5.0.0'],
      ...['7.0.0', '8.0.0', '8.5.0', '8.12.0', '9.0.0', '10.2.0'],
    ],
    builders: [{ name: 'python', timeout: '10m' }],
    red: {
      '2.2': 'wants 2to3, which setuptools dropped with 58',
      '2.6.0': 'its tests want nose, which asks Python for what 3.11 no longer has',
      '3.0.0': 'the same',
      '4.0.0': 'lets StopIteration out of generators, an error since Python 3.7',
    },
  },
  {
    // Its own `npm test` wants linters of its time, so croft.json says what to run.
    name: 'minimist',
    registry: 'npm',
    project: 'minimist',
    versions: [
      ...['1.0.0', '1.1.0', '1.1.1', '1.1.2', '1.1.3', '1.2.0', '1.2.1'],
      ...['1.2.2', '1.2.3', '1.2.4', '1.2.5', '1.2.6', '1.2.7', '1.2.8'],
    ],
    files: {
      'check-pollution.js': pollution,
      'croft.json': `${JSON.stringify({ steps: tapeSteps }, null, 2)}\n`,
    },
    builders: [{ name: 'node', timeout: '10m' }],
    red: {
      ...allOf(['1.0.0', '1.1.0'], 'two of its tests take text for numbers, which tape 5 no longer does'),
      ...allOf(['1.1.1', '1.1.2', '1.1.3', '1.2.0'], 'pollutes the prototype of all objects (CVE-2020-7598)'),
      ...allOf(['1.2.1', '1.2.2', '1.2.3', '1.2.4', '1.2.5'], 'pollutes that of functions (CVE-2021-44906)'),
    },
  },
  {
    // Detected: Cargo.toml.
    name: 'semver',
    registry: 'crates',
    project: 'semver',
    versions: [
      ...['0.2.3', '0.6.0', '0.9.0', '1.0.0', '1.0.4', '1.0.9'],
      ...['1.0.14', '1.0.17', '1.0.20', '1.0.23', '1.0.26', '1.0.28'],
    ],
    builders: [{ name: 'rust', timeout: '15m' }],
    red: {
      ...allOf(['0.2.3', '0.6.0', '0.9.0'], 'depends on versions of crates-index that were yanked'),
      ...allOf(['1.0.0', '1.0.4'], 'a test knows how Rust wrote NUL then'),
    },
  },
  {
    // Detected too, but then all of the standard library is tested, which takes an hour here.
    name: 'go-tree',
    registry: 'go-toolchain',
    project: 'go',
    versions: ['1.26.8', '1.27.3'],
    builders: [
      {
        name: 'go-tree',
        timeout: '60m',
        silence: '15m',
        env: { GOTOOLCHAIN: 'local' },
        steps: [
          goTreeScripts.make,
          'PATH="$PWD/bin:$PATH"\ncd src\ngo test -short strings strconv container/list sort text/template',
        ],
      },
    ],
    red: {},
  },
];
