import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { environments } from '../../env/environments.ts';
import { readBlobOptions } from './blob-options.ts';
import { readCoordinatorOptions } from './coordinator-options.ts';

test('the command line wins over variables, and both over defaults', () => {
  const options = readCoordinatorOptions(['--port', '0'], { CROFT_PORT: '99', CROFT_HOST: '0.0.0.0' });
  expect(options).toMatchObject({ port: 0, host: '0.0.0.0', environment: 'development', configFile: null });
});

test('a folder is meant from here, an address as it stands', () => {
  const repository = (args: readonly string[]) => readCoordinatorOptions(args, {}).repository;
  expect(repository([])).toBe(process.cwd());
  expect(repository(['--repo', '../other'])).toBe(resolve('../other'));
  for (const address of ['https://x.test/a.git', 'git@x.test:a/b.git', '/srv/git/a.git']) {
    expect(repository(['--repo', address])).toBe(address);
  }
});

test('what can not be meant is refused by name', () => {
  for (const [args, message] of [
    [['--port', '70000'], '--port'],
    [['--url', 'ftp://x'], '--url'],
    [['--prot', '1'], 'prot'],
    [['stray'], 'stray'],
  ] as const) {
    expect(() => readCoordinatorOptions(args, {})).toThrow(message);
  }
});

test('an environment gives what nobody says otherwise, and names what it needs', () => {
  const keys = { CROFT_S3_ACCESS_KEY_ID: 'x', CROFT_S3_SECRET_ACCESS_KEY: 'y' };
  const options = readCoordinatorOptions(['--env', 'staging', '--url', 'https://farm.example.org'], keys);
  expect(options).toMatchObject({
    environment: 'staging',
    host: '0.0.0.0',
    port: 8485,
    dataDir: '/var/lib/croft-staging',
  });
  expect(options.blobs).toMatchObject({ kind: 's3', bucket: 'croft-staging', prefix: 'staging/' });
  const own = readCoordinatorOptions(
    ['--env', 'staging', '--port', '1', '--data', '/d', '--url', 'https://x'],
    {
      ...keys,
      CROFT_S3_BUCKET: 'ours',
    },
  );
  expect(own).toMatchObject({ port: 1, dataDir: '/d', blobs: { bucket: 'ours' } });
  expect(() => readCoordinatorOptions(['--env', 'production'], keys)).toThrow(
    'CROFT_PUBLIC_URL: must be set in production',
  );
  expect(() => readCoordinatorOptions(['--env', 'prod'], {})).toThrow(
    '--env: there is no environment "prod"',
  );
  expect(readCoordinatorOptions(['--env', 'production', '--help'], {}).help).toBe(true);
});

test("the level of the log and the limits are the environment's, unless the level is said", () => {
  expect(readCoordinatorOptions([], {})).toMatchObject({
    logLevel: 'info',
    limits: environments.development.limits,
  });
  expect(readCoordinatorOptions([], { CROFT_LOG_LEVEL: 'error' }).logLevel).toBe('error');
  expect(readCoordinatorOptions(['--log-level', 'warn'], { CROFT_LOG_LEVEL: 'error' }).logLevel).toBe('warn');
  expect(() => readCoordinatorOptions(['--log-level', 'loud'], {})).toThrow(
    '--log-level: must be one of info, warn, error, got "loud"',
  );
});

test('a bucket needs its keys, and keys need their bucket', () => {
  expect(readBlobOptions({})).toEqual({ kind: 'folder' });
  expect(() => readBlobOptions({ CROFT_S3_BUCKET: 'b' })).toThrow('CROFT_S3_ACCESS_KEY_ID');
  expect(() => readBlobOptions({ CROFT_S3_ACCESS_KEY_ID: 'x' })).toThrow('CROFT_S3_BUCKET');
  const full = {
    CROFT_S3_BUCKET: 'b',
    CROFT_S3_ACCESS_KEY_ID: 'x',
    CROFT_S3_SECRET_ACCESS_KEY: 'y',
    CROFT_S3_PREFIX: 'p',
  };
  expect(readBlobOptions(full)).toMatchObject({ kind: 's3', prefix: 'p/', pathStyle: false });
});
