import { expect, test } from 'bun:test';
import { chooseHostType } from './farm-link.ts';
import { changedOptions, optionsOfCommand } from './options-in-force.ts';
import { choosePort } from './port.ts';
import { agentArguments, coordinatorArguments, partEnvironment } from './programs.ts';

const free =
  (...busy: readonly number[]) =>
  async (port: number) =>
    !busy.includes(port);

test('the default port, or the first free one after it, and it is said', async () => {
  const wish = { explicit: null, lastTime: null, otherwise: 8484 };
  expect(await choosePort(wish, free())).toEqual({ port: 8484, taken: null });
  expect(await choosePort(wish, free(8484, 8485))).toEqual({ port: 8486, taken: 8484 });
});

test('the port of last time goes before the default, since machines and people know it', async () => {
  expect(await choosePort({ explicit: null, lastTime: 9000, otherwise: 8484 }, free(8484))).toEqual({
    port: 9000,
    taken: null,
  });
  expect(await choosePort({ explicit: null, lastTime: 9000, otherwise: 8484 }, free(9000))).toEqual({
    port: 8484,
    taken: 9000,
  });
});

test('a port that was asked for is that one or none', async () => {
  await expect(choosePort({ explicit: 80, lastTime: null, otherwise: 8484 }, free(80))).rejects.toThrow(
    '--port 80: another program',
  );
  expect(await choosePort({ explicit: 0, lastTime: 9000, otherwise: 8484 }, free())).toEqual({
    port: 0,
    taken: null,
  });
});

test('options of a running coordinator are read from its command line, in both spellings', () => {
  const command = ['bun', 'core/main.ts', '--repo', '/a', '--port=8484', '--env', 'staging'];
  expect(optionsOfCommand(command)).toEqual({ repo: '/a', port: '8484', env: 'staging' });
});

test('only what is asked for now and differs makes a new coordinator', () => {
  const running = { repo: '/a', port: '8484' };
  expect(changedOptions(running, {})).toEqual([]);
  expect(changedOptions(running, { repo: '/a' })).toEqual([]);
  expect(changedOptions(running, { repo: '/b', env: 'staging' })).toEqual(['repo', 'env']);
});

test('what we pass on we can read again', () => {
  const options = {
    data: '/d',
    port: 1,
    repo: '/a',
    config: '/c.json',
    env: 'staging',
    host: '0.0.0.0',
    publicUrl: 'https://x',
  };
  expect(optionsOfCommand(coordinatorArguments(options))).toEqual({
    ...{ repo: '/a', config: '/c.json', env: 'staging' },
    ...{ host: '0.0.0.0', url: 'https://x', port: '1' },
  });
  expect(agentArguments({ url: 'u', dir: 'd', name: 'n', hostType: 'h' }).join(' ')).not.toContain('join');
});

test('the parts see neither tokens nor the tools of npm', () => {
  const env = partEnvironment({
    PATH: '/app/node_modules/.bin:/x/node_modules/npm/node-gyp-bin:/usr/bin',
    HOME: '/home/me',
    CROFT_TOKEN: 'secret',
    CROFT_HOST: '0.0.0.0',
    npm_config_registry: 'x',
    BUN_OPTIONS: '--preload x',
    EMPTY: undefined,
  });
  expect(env).toEqual({ PATH: '/usr/bin', HOME: '/home/me', CROFT_HOST: '0.0.0.0' });
});

test('the local machine joins as "local", or as the only type there is', () => {
  expect(chooseHostType(null, ['linux', 'local'])).toEqual({ hostType: 'local' });
  expect(chooseHostType(null, ['linux'])).toEqual({ hostType: 'linux' });
  expect(chooseHostType('mac', ['linux', 'mac'])).toEqual({ hostType: 'mac' });
  expect(chooseHostType(null, ['linux', 'mac'])).toHaveProperty('problem');
  expect(chooseHostType(null, [])).toHaveProperty('problem');
});
