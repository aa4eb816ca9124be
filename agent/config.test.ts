import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../test/agent/scratch.ts';
import { help, readCommandLine } from './config.ts';
import { exitCodes } from './exit-codes.ts';

const base = ['--coordinator', 'http://localhost:4000'];

function configOf(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const asked = readCommandLine(args, env);
  if (asked.is !== 'run') throw new Error(`Not asked to run but for ${asked.is}`);
  return asked.config;
}

test('what is not given has a default', () => {
  const config = configOf(base, { HOME: '/home/x' });
  expect(config).toMatchObject({
    joinToken: undefined,
    hostType: undefined,
    ca: undefined,
    proxy: undefined,
  });
  expect(config.coordinator.href).toBe('http://localhost:4000/');
  expect(config.slots).toBeGreaterThan(0);
  expect(config.dir).toEndWith('.croft-agent');
  expect(config.cacheBytes).toBe(2 * 1024 ** 3);
});

test('the level of the log is an option, a variable or info', () => {
  expect(configOf(base).logLevel).toBe('info');
  expect(configOf(base, { CROFT_LOG_LEVEL: 'warn' }).logLevel).toBe('warn');
  expect(configOf([...base, '--log-level', 'error'], { CROFT_LOG_LEVEL: 'warn' }).logLevel).toBe('error');
  expect(() => configOf([...base, '--log-level', 'x'])).toThrow('"x" is none of info, warn, error');
});

test('options win over variables', () => {
  const env = {
    CROFT_COORDINATOR: 'https://a.example',
    CROFT_JOIN_TOKEN: 'from-env',
    CROFT_AGENT_DIR: '/from/env',
  };
  expect(configOf([], env)).toMatchObject({ joinToken: 'from-env', dir: '/from/env' });
  const args = [
    ...base,
    '--join',
    'given',
    '--dir',
    '/given',
    '--slots',
    '7',
    '--name',
    'box',
    '--host-type',
    'linux',
  ];
  expect(configOf(args, env)).toMatchObject({
    joinToken: 'given',
    dir: '/given',
    slots: 7,
    name: 'box',
    hostType: 'linux',
  });
});

describe('a wrong command line is refused, naming the option', () => {
  test.each([
    [[], '--coordinator'],
    [['--coordinator', 'not a url'], '--coordinator'],
    [['--coordinator', 'ftp://x'], '--coordinator'],
    [[...base, '--slots', '0'], '--slots'],
    [[...base, '--slots', '257'], '--slots'],
    [[...base, '--slots', '1.5'], '--slots'],
    [[...base, '--join', ''], '--join'],
    [[...base, '--name', 'x'.repeat(129)], '--name'],
    [[...base, '--ca', '/no/such/file'], '--ca'],
    [[...base, '--cache-bytes', '-1'], '--cache-bytes'],
    [[...base, '--what'], '--what'],
    [[...base, 'stray'], 'stray'],
  ])('%p', (args, named) => {
    expect(() => readCommandLine(args, {})).toThrow(named);
  });
});

test('help and version need nothing else, and help tells every exit code', () => {
  expect(readCommandLine(['--help'], {})).toEqual({ is: 'help' });
  expect(readCommandLine(['-v'], {})).toEqual({ is: 'version' });
  for (const code of Object.values(exitCodes)) expect(help).toContain(`  ${code}  `);
});

test('certificates are read from their file', () => {
  const file = join(scratchFolder(), 'ca.pem');
  writeFileSync(file, 'PEM');
  expect(configOf([...base, '--ca', file]).ca).toBe('PEM');
});

describe('the proxy', () => {
  const proxied = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost, .internal,10.0.0.1' };

  test.each([
    ['https://farm.example', 'proxy:3128'],
    ['http://farm.example', undefined],
    ['https://localhost', undefined],
    ['https://a.internal', undefined],
    ['https://internal.example', 'proxy:3128'],
    ['https://10.0.0.1', undefined],
  ])('for %s is %p', (coordinator, host) => {
    expect(configOf(['--coordinator', coordinator], proxied).proxy?.host).toBe(host);
  });
});
