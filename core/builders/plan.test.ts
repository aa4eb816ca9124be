import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { fakeCommitFiles } from '../../test/fakes/commit-files.ts';
import { builderDefaults } from './defaults.ts';
import { planBuild } from './plan.ts';
import type { Builder, ConfigProblem, Plan } from './types.ts';

const linux: Builder = { ...builderDefaults, name: 'linux', hostType: 'linux' };

async function planOf(files: Record<string, string | null>, builder: Partial<Builder> = {}): Promise<Plan> {
  const answer = await planBuild({ ...linux, ...builder }, fakeCommitFiles(files));
  if (answer.outcome !== 'planned') throw new Error(JSON.stringify(answer.problems));
  return answer.plan;
}
async function refusalOf(files: Record<string, string | null>): Promise<readonly ConfigProblem[]> {
  const answer = await planBuild(linux, fakeCommitFiles(files));
  if (answer.outcome !== 'refused') throw new Error(JSON.stringify(answer.plan));
  return answer.problems;
}
const croft = (value: unknown) => ({ 'croft.json': JSON.stringify(value) });

describe("the builder's own steps", () => {
  test('go before everything, and the repository says nothing at all', async () => {
    const plan = await planOf(
      { ...croft({ steps: ['evil'], env: { A: '1' }, artifacts: ['x'] }), 'go.mod': '' },
      { steps: ['make', '# say it\nmake test'], env: { B: '2' }, artifacts: ['out/**'] },
    );
    expect(plan).toMatchObject({
      steps: [
        { name: 'make', script: 'make' },
        { name: 'say it', script: '# say it\nmake test' },
      ],
      env: { B: '2' },
      artifacts: ['out/**'],
      origin: { kind: 'builder' },
    });
  });
  test('need no file of the commit', async () => {
    const unreadable = {
      listRoot: () => Promise.reject(new Error('not asked')),
      read: () => Promise.reject(new Error('not asked')),
    };
    expect(await planBuild({ ...linux, steps: ['true'] }, unreadable)).toMatchObject({ outcome: 'planned' });
  });
});

describe('croft.json', () => {
  test('gives the steps, its artifacts are kept beside the farm’s', async () => {
    const plan = await planOf(croft({ steps: ['a'], artifacts: ['dist/**', 'out/**'] }), {
      artifacts: ['out/**'],
    });
    expect(plan.steps).toEqual([{ name: 'a', script: 'a' }]);
    expect(plan.artifacts).toEqual(['out/**', 'dist/**']);
    expect(plan.origin).toMatchObject({ kind: 'repository', file: 'croft.json' });
  });

  test('an exact name goes before globs, globs in their order before the top, field by field', async () => {
    const file = {
      steps: ['top'],
      timeout: '5m',
      env: { WHO: 'top', TOP: '1' },
      builders: {
        'li*': { steps: ['first glob'], silence: '1m', env: { WHO: 'first' } },
        '*': { steps: ['second glob'], silence: '2m', artifacts: ['second'] },
        linux: { env: { WHO: 'exact' } },
      },
    };
    const plan = await planOf(croft(file));
    expect(plan.steps[0]?.script).toBe('first glob');
    expect(plan).toMatchObject({
      timeoutMs: 300_000,
      silenceMs: 60_000,
      artifacts: ['second'],
      env: { WHO: 'exact', TOP: '1' },
    });
    expect((await planOf(croft(file), { name: 'mac' })).steps[0]?.script).toBe('second glob');
  });

  test('the farm’s variables win and its limits hold, and the page says so', async () => {
    const plan = await planOf(croft({ steps: ['a'], env: { A: 'theirs' }, timeout: '3h', silence: '1m' }), {
      env: { A: 'ours' },
    });
    expect(plan.env).toEqual({ A: 'ours' });
    expect(plan.timeoutMs).toBe(3_600_000);
    expect(plan.silenceMs).toBe(60_000);
    expect(plan.origin.why).toContain('Its timeout of 3h is more than the farm allows, so 1h holds.');
  });

  test('without steps: they are detected, the rest of it counts', async () => {
    const plan = await planOf({ ...croft({ env: { A: '1', GOFLAGS: '-v' } }), 'go.mod': '' });
    expect(plan.steps[0]?.script).toBe('go build ./...');
    expect(plan.env).toEqual({ A: '1', GOFLAGS: '-v' });
    expect(plan.origin.kind).toBe('detected');
  });

  test('problems are told by file, path and fix', async () => {
    expect(await refusalOf(croft({ steps: ['a', ' '], env: { CROFT_X: '1' }, stepz: [] }))).toEqual([
      {
        path: 'croft.json, stepz',
        problem: 'There is no field "stepz" here',
        fix: 'Did you mean "steps"?',
      },
      {
        path: 'croft.json, steps[1]',
        problem: 'The step is empty',
        fix: 'Write a shell script, or remove the step',
      },
      {
        path: 'croft.json, env.CROFT_X',
        problem: 'Names that begin with CROFT_ are set by Croft itself',
        fix: 'Choose another name',
      },
    ]);
    expect((await refusalOf({ 'croft.json': '{' }))[0]?.path).toBe('croft.json, line 1, column 2');
    expect((await refusalOf({ 'croft.json': null }))[0]?.problem).toContain('link');
    expect((await refusalOf({ 'croft.json': ' '.repeat(300_000) }))[0]?.problem).toContain('larger');
  });

  test('in a folder of that name there is none', async () => {
    expect((await planOf({ 'croft.json/x': '{', 'go.mod': '' })).origin.kind).toBe('detected');
  });
});

describe('detection', () => {
  test('says what it chose, why, and how to change it', async () => {
    const { origin } = await planOf({ 'go.mod': '' });
    expect(origin).toEqual({
      kind: 'detected',
      file: 'go.mod',
      why: 'go.mod is at the root, so every package of the module is built and tested.',
      change:
        'To build it in another way, add a file croft.json at the root of the repository with steps of your own, for example { "steps": ["go vet ./...", "go test -race ./..."] }',
    });
  });
  test('of nothing teaches how to write croft.json', async () => {
    const [problem] = await refusalOf({ 'README.md': '' });
    expect(problem?.path).toBe('croft.json');
    expect(problem?.problem).toContain('package.json');
    expect(problem?.fix).toContain('{ "steps": ["make", "make test"] }');
  });
  test('of nothing, with a croft.json that has no steps', async () => {
    expect((await refusalOf(croft({ env: {} })))[0]?.problem).toContain('croft.json names no steps');
  });
});

test.each([
  ['npm test', 'npm test'],
  ['\n  make\n  make test', 'make'],
  ['# Unit tests\nnpm test', 'Unit tests'],
  ['#!/bin/sh\nnpm test', 'npm test'],
  ['#\n# why\nnpm test', 'npm test'],
  [`${'x'.repeat(100)}\ny`, `${'x'.repeat(79)}…`],
  ['# only words', 'only words'],
])('the step %j is called %j', async (script, name) => {
  expect((await planOf(croft({ steps: [script] }))).steps[0]).toEqual({ name, script });
});

test('files that cannot be read are no verdict: it rejects', async () => {
  const broken = { listRoot: () => Promise.reject(new Error('disk')), read: async () => null };
  await expect(planBuild(linux, broken)).rejects.toThrow('disk');
});

test('whatever the files hold, there is a plan or a refusal with words', async () => {
  const name = fc.constantFrom(
    'croft.json',
    'package.json',
    'pyproject.toml',
    'Cargo.toml',
    'go.work',
    'Makefile',
    'CMakeLists.txt',
    'tox.ini',
    'setup.cfg',
    'yarn.lock',
    'go.env',
    'src/make.bash',
    'src/cmd/dist/main.go',
  );
  const text = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom('[testenv]', '[tool]\npytest = 1', 'test:\n\tx', '{"scripts":{"test":"x"}}', 'tool = 3'),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, text, { maxKeys: 4 }), async (files) => {
      const answer = await planBuild(linux, fakeCommitFiles(files));
      if (answer.outcome === 'planned') expect(answer.plan.steps.length).toBeGreaterThan(0);
      else expect(answer.problems.length).toBeGreaterThan(0);
    }),
  );
});
