import { describe, expect, test } from 'bun:test';
import { fakeCommitFiles } from '../../../test/fakes/commit-files.ts';
import { detect } from './index.ts';
import type { Detected } from './project.ts';

type Table = Readonly<Record<string, string | null>>;

async function found(table: Table): Promise<Detected> {
  const answer = await detect(fakeCommitFiles(table));
  if (answer?.outcome !== 'detected') throw new Error(`nothing detected: ${JSON.stringify(answer)}`);
  return answer;
}
async function scripts(table: Table): Promise<readonly string[]> {
  return (await found(table)).steps.map((step) => step.script);
}
async function names(table: Table): Promise<readonly string[]> {
  return (await found(table)).steps.map((step) => step.name);
}
function manifest(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields);
}
const tested = { scripts: { test: 'node --test' }, dependencies: { a: '1' } };

describe('package.json', () => {
  test('with a lock file: npm ci, build, test', async () => {
    const table = {
      'package.json': manifest({ ...tested, scripts: { build: 'tsc', test: 'node --test', lint: 'x' } }),
      'package-lock.json': '{}',
    };
    expect(await scripts(table)).toEqual(['npm ci', 'npm run build', 'npm test']);
    expect((await found(table)).why).toBe(
      'package.json is at the root, with the scripts "build" and "test". package-lock.json says npm, so exactly what package-lock.json lists is installed.',
    );
  });

  test('without a lock file: npm install, and it says why that matters', async () => {
    const table = { 'package.json': manifest(tested) };
    expect(await scripts(table)).toEqual(['npm install', 'npm test']);
    expect((await found(table)).why).toContain('may change from one build to the next');
  });

  test('without dependencies nothing is installed', async () => {
    const table = { 'package.json': manifest({ scripts: { test: 'node --test' } }) };
    expect(await scripts(table)).toEqual(['npm test']);
    expect((await found(table)).why).toContain('nothing is installed');
  });

  test.each([
    { workspaces: ['packages/*'] },
    { scripts: { test: 'x', prepare: 'tsc' } },
    { devDependencies: { a: '1' } },
  ])('%j is a reason to install', async (fields) => {
    expect(await scripts({ 'package.json': manifest({ scripts: { test: 'x' }, ...fields }) })).toEqual([
      'npm install',
      'npm test',
    ]);
  });

  test("npm init's placeholder is no test", async () => {
    const fields = { scripts: { test: 'echo "Error: no test specified" && exit 1' } };
    expect(await detect(fakeCommitFiles({ 'package.json': manifest(fields) }))).toBeNull();
    expect(await names({ 'package.json': manifest({ ...fields, dependencies: { a: '1' } }) })).toEqual([
      'npm install',
    ]);
  });

  test.each([
    ['pnpm-lock.yaml', ['pnpm install --frozen-lockfile', 'pnpm test']],
    ['bun.lock', ['bun install --frozen-lockfile', 'bun run test']],
    ['bun.lockb', ['bun install --frozen-lockfile', 'bun run test']],
    ['yarn.lock', ['yarn install --frozen-lockfile', 'yarn run test']],
    ['npm-shrinkwrap.json', ['npm ci', 'npm test']],
  ])('%s decides', async (lock, steps) => {
    expect(await names({ 'package.json': manifest(tested), [lock]: '' })).toEqual(steps);
  });

  test('packageManager goes before the lock file and pins the version that npx fetches', async () => {
    const table = {
      'package.json': manifest({ ...tested, packageManager: 'pnpm@9.12.3+sha512.abc' }),
      'package-lock.json': '{}',
    };
    expect(await scripts(table)).toEqual([
      'command -v pnpm >/dev/null 2>&1 || pnpm() { npx --yes pnpm@9.12.3 "$@"; }\npnpm install --no-frozen-lockfile',
      'command -v pnpm >/dev/null 2>&1 || pnpm() { npx --yes pnpm@9.12.3 "$@"; }\npnpm test',
    ]);
  });

  test('a packageManager that is no version never reaches a command line', async () => {
    const fields = { ...tested, packageManager: 'pnpm@1.0.0; touch /tmp/x' };
    expect((await scripts({ 'package.json': manifest(fields) })).join('\n')).not.toContain('touch');
  });

  test.each([
    [{ packageManager: 'yarn@4.5.0' }, {}, '@yarnpkg/cli-dist@4.5.0'],
    [{}, { '.yarnrc.yml': '' }, '@yarnpkg/cli-dist '],
    [{}, { 'yarn.lock': '# x\n__metadata:\n  version: 8\n' }, '@yarnpkg/cli-dist '],
    [{ packageManager: 'yarn@1.22.22' }, { '.yarnrc.yml': '' }, 'npx --yes yarn@1.22.22'],
  ])('yarn %j %j is called as %s', async (fields, files, call) => {
    const table = { 'package.json': manifest({ ...tested, ...fields }), 'yarn.lock': '', ...files };
    expect((await scripts(table))[0]).toContain(call);
  });

  test('that is not JSON is told with its place', async () => {
    expect(await detect(fakeCommitFiles({ 'package.json': '{\n "name": "a",\n}' }))).toEqual({
      outcome: 'unreadable',
      problem: {
        path: 'package.json, line 2, column 13',
        problem: 'It is not valid JSON. There is a comma after the last item',
        fix: 'Remove that comma',
      },
    });
    expect(await detect(fakeCommitFiles({ 'package.json': '[]' }))).toMatchObject({ outcome: 'unreadable' });
  });

  test.each([{ scripts: null }, { scripts: 'x' }, { scripts: { test: 7 } }, { dependencies: 'x' }])(
    'odd fields do no harm: %j',
    async (fields) => {
      await detect(fakeCommitFiles({ 'package.json': manifest(fields) }));
    },
  );
});

describe('go', () => {
  test('a module', async () => {
    expect(await scripts({ 'go.mod': 'module x' })).toEqual(['go build ./...', 'go test ./...']);
    expect((await found({ 'go.mod': '' })).env).toEqual({ GOFLAGS: '-modcacherw -buildvcs=false' });
  });
  test('a workspace', async () => {
    expect(await scripts({ 'go.work': 'go 1.22', 'go.mod': '' })).toEqual([
      "go list -m -f '{{.Dir}}/...' | xargs go build",
      "go list -m -f '{{.Dir}}/...' | xargs go test",
    ]);
  });
  const tree = {
    'go.env': '',
    'src/make.bash': '#!/usr/bin/env bash',
    'src/cmd/dist/main.go': 'package main',
    'src/go.mod': 'module std',
  };
  test('the source tree of Go itself', async () => {
    const answer = await found(tree);
    expect(answer.steps.map((step) => step.name)).toEqual(['make.bash', 'go test -short std']);
    expect(answer.steps[0]?.script).toContain('GOROOT_BOOTSTRAP=$(cd / && go env GOROOT)');
    expect(answer.steps[0]?.script).toEndWith('cd src\nbash make.bash');
    expect(answer.env).toEqual({ GOTOOLCHAIN: 'local' });
  });
  test('a tree without cmd/dist is not Go', async () => {
    const { 'src/cmd/dist/main.go': _, ...rest } = tree;
    expect(await detect(fakeCommitFiles(rest))).toBeNull();
  });
});

describe('rust', () => {
  test('a crate without a lock', async () => {
    expect(await names({ 'Cargo.toml': '[package]' })).toEqual(['cargo build', 'cargo test']);
  });
  test('a workspace with a lock', async () => {
    expect(await names({ 'Cargo.toml': '[workspace]\nmembers = []', 'Cargo.lock': '' })).toEqual([
      'cargo build --workspace --locked',
      'cargo test --workspace --locked',
    ]);
  });
});

describe('python', () => {
  const pip = '.venv/bin/python -m pip install --disable-pip-version-check';
  test('a project with tests', async () => {
    const table = { 'pyproject.toml': '[project]\nname = "x"', 'tests/test_x.py': '' };
    expect(await scripts(table)).toEqual([
      'python3 -m venv .venv',
      `${pip} -e '.' pytest`,
      '.venv/bin/python -m pytest',
    ]);
  });
  test('its extra and its requirements for tests', async () => {
    const table = {
      'pyproject.toml': '[project.optional-dependencies]\ntest = ["pretend"]',
      'tests/requirements.txt': 'pretend',
    };
    expect((await scripts(table))[1]).toBe(`${pip} -e '.[test]' -r tests/requirements.txt pytest`);
  });
  test('a dependency group needs a newer pip', async () => {
    const table = { 'pyproject.toml': '[project]\n[dependency-groups]\ndev = ["x"]', 'tests/': '' };
    expect((await scripts(table))[1]).toBe(`${pip} --upgrade 'pip>=25.1'\n${pip} -e '.' --group dev pytest`);
  });
  test('setup.py without a sign of tests: none found is no failure', async () => {
    expect((await scripts({ 'setup.py': '' }))[2]).toBe('.venv/bin/python -m pytest || [ $? -eq 5 ]');
    expect((await found({ 'setup.py': '' })).tests).toBe(false);
  });
  test('requirements and tests, with nothing to install', async () => {
    const table = { 'requirements.txt': 'x', 'tests/test_a.py': '' };
    expect((await scripts(table))[1]).toBe(`${pip} -r requirements.txt pytest`);
    expect(await detect(fakeCommitFiles({ 'requirements.txt': 'x' }))).toBeNull();
  });
  test('tox', async () => {
    expect(await names({ 'tox.ini': '[testenv]\ncommands = pytest', 'setup.py': '' })).toEqual([
      'python3 -m venv .venv',
      'pip install tox',
      'tox -e py',
    ]);
    expect(await names({ 'tox.ini': '[pytest]', 'setup.py': '' })).toContain('pytest');
  });
  test('a pyproject.toml that is not TOML is told with its place', async () => {
    expect(await detect(fakeCommitFiles({ 'pyproject.toml': 'a = 1\nb = [' }))).toMatchObject({
      outcome: 'unreadable',
      problem: { path: expect.stringContaining('pyproject.toml, line 2') },
    });
  });
});

describe('java', () => {
  test('maven, by wrapper when there is one', async () => {
    const line = '-B -ntp -Dmaven.repo.local="$HOME/.m2/repository" verify';
    expect(await scripts({ 'pom.xml': '' })).toEqual([`mvn ${line}`]);
    expect(await scripts({ 'pom.xml': '', mvnw: '' })).toEqual([`sh ./mvnw ${line}`]);
  });
  test('gradle', async () => {
    const line = '--no-daemon --console=plain --gradle-user-home "$HOME/.gradle" build';
    expect(await scripts({ 'build.gradle.kts': '', gradlew: '' })).toEqual([`sh ./gradlew ${line}`]);
    expect((await found({ 'settings.gradle': '' })).file).toBe('settings.gradle');
  });
});

describe('make', () => {
  test.each([
    ['all: x\n\tcc x\ntest: all\n\t./x', ['make all', 'make test']],
    ['check:\n\ttrue', ['make check']],
    ['build test:\n\ttrue', ['make build', 'make test']],
    ['.PHONY: a \\\n b\ntest:: a', ['make test']],
  ])('%j', async (text, expected) => {
    expect(await scripts({ Makefile: text })).toEqual(expected);
  });
  test.each(['deploy:\n\trm -rf /', 'test := 1\nbuild ::= 2', '\ttest: x', '# test: x'])(
    '%j names nothing to run',
    async (text) => {
      expect(await detect(fakeCommitFiles({ Makefile: text }))).toBeNull();
    },
  );
});

describe('cmake', () => {
  test('with tests', async () => {
    expect(await scripts({ 'CMakeLists.txt': 'project(x)\nenable_testing()' })).toEqual([
      'cmake -S . -B .croft-build',
      'cmake --build .croft-build --parallel "$(getconf _NPROCESSORS_ONLN)"',
      'cd .croft-build && ctest --output-on-failure',
    ]);
  });
  test('without', async () => {
    const table = { 'CMakeLists.txt': 'project(x)' };
    expect(await scripts(table)).toHaveLength(2);
    expect((await found(table)).tests).toBe(false);
  });
});

describe('several kinds at once', () => {
  test('one that tests goes before one that only builds, and the other is named', async () => {
    const answer = await found({
      'package.json': manifest({ devDependencies: { prettier: '3' } }),
      'go.mod': 'module x',
    });
    expect(answer.file).toBe('go.mod');
    expect(answer.why).toContain('package.json would have done too');
  });
  test('of two that test, the first of the table', async () => {
    const answer = await found({ 'package.json': manifest(tested), Makefile: 'test:\n\ttrue' });
    expect(answer.file).toBe('package.json');
  });
  test('links and empty repositories have nothing', async () => {
    expect(await detect(fakeCommitFiles({ 'package.json': null, 'Cargo.toml': null }))).toBeNull();
    expect(await detect(fakeCommitFiles({}))).toBeNull();
  });
});
