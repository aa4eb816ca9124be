import { describe, expect, test } from 'bun:test';
import { hasMark } from '../leases/process-scan.ts';
import { limits } from '../wire/limits.ts';
import { environmentBase, runEnvironment } from './environment.ts';

const run = { leaseId: 'l1', runId: 'r1', workDir: '/w/0', cwd: '/w/0/src', env: {} };
const agentEnv = { PATH: '/bin', SECRET: 'hidden', HOME: '/root', BUN_OPTIONS: '--inspect' };

describe('the environment of a run', () => {
  test("is made from nothing: of the agent's own only PATH is in it", () => {
    expect(runEnvironment(environmentBase(agentEnv), run)).toEqual({
      PATH: '/bin',
      HOME: '/w/0/.home',
      TMPDIR: '/w/0/.tmp',
      LANG: 'C.UTF-8',
      CI: 'true',
      PWD: '/w/0/src',
      CROFT_RUN: 'r1',
      CROFT_LEASE: 'l1',
    });
  });

  test('is overridden by what the request says, except for the marks of the lease', () => {
    const env = { HOME: '/elsewhere', TMPDIR: '/t', PATH: '/opt', CROFT_LEASE: 'other', CROFT_BUILD: 'b' };
    expect(runEnvironment(environmentBase(agentEnv), { ...run, env })).toMatchObject({
      HOME: '/elsewhere',
      TMPDIR: '/t',
      PATH: '/opt',
      CROFT_BUILD: 'b',
      CROFT_LEASE: 'l1',
    });
  });

  test('has no folder of npm packages in its PATH', () => {
    const path = '/a/node_modules/.bin:/a/node_modules/npm/node-gyp-bin:/usr/bin::/opt/node_modulesque/bin';
    expect(environmentBase({ PATH: path }).path).toBe('/usr/bin:/opt/node_modulesque/bin');
  });

  test('of an agent that is itself part of a run carries the marks of the runs around it', () => {
    const base = environmentBase({ ...agentEnv, CROFT_LEASE: 'outer', CROFT_LEASE_OUTER: 'outermost' });
    const env = runEnvironment(base, run);
    const bytes = Buffer.from(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}\0`)
        .join(''),
    );
    for (const lease of ['l1', 'outer', 'outermost']) expect(hasMark(bytes, lease)).toBe(true);
    expect(hasMark(bytes, 'out')).toBe(false);
  });

  test.each(['', 'A-B', '1A', 'A=B', 'ä', 'A\0'])('refuses the name %p', (name) => {
    expect(() => runEnvironment(environmentBase({}), { ...run, env: { [name]: 'x' } })).toThrow(
      'Not the name of a variable',
    );
  });

  test('refuses NUL in a value, naming the variable', () => {
    expect(() => runEnvironment(environmentBase({}), { ...run, env: { A: 'x\0y' } })).toThrow('env.A');
  });

  test('is bounded', () => {
    const fits = { A: 'x'.repeat(limits.environmentBytes - 3) };
    expect(runEnvironment(environmentBase({}), { ...run, env: fits })['A']).toBeDefined();
    const over = { A: `${fits.A}x` };
    expect(() => runEnvironment(environmentBase({}), { ...run, env: over })).toThrow('are over');
  });
});

test('a mark counts only where a variable begins, and whole', () => {
  expect(hasMark(Buffer.from('X=CROFT_LEASE=l1\0'), 'l1')).toBe(false);
  expect(hasMark(Buffer.from('CROFT_LEASE=l1'), 'l1')).toBe(true);
  expect(hasMark(Buffer.from('A=b\0CROFT_LEASE=l12\0'), 'l1')).toBe(false);
  expect(hasMark(Buffer.from('MY_CROFT_LEASE=l1\0CROFT_LEASE_OUTER=a:l1:b\0'), 'l1')).toBe(true);
});
