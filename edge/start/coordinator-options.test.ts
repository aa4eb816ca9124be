import { expect, test } from 'bun:test';
import { readBlobOptions } from './blob-options.ts';
import { readCoordinatorOptions } from './coordinator-options.ts';

test('the command line wins over variables, and both over defaults', () => {
  const options = readCoordinatorOptions(['--port', '0'], { CROFT_PORT: '99', CROFT_HOST: '0.0.0.0' });
  expect(options).toMatchObject({ port: 0, host: '0.0.0.0', environment: 'development', configFile: null });
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
