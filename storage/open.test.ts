import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../agent/kit/clock.ts';
import { silentLog } from '../agent/kit/log.ts';
import { bytesOf, chunksOf } from './conformance/blobs.ts';
import { newBuild } from './conformance/samples.ts';
import { openStorage, type StorageOptions } from './open.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'croft-open-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

function optionsOf(over: Partial<StorageOptions> = {}): StorageOptions {
  return {
    dir: join(parent, 'data'),
    clock: createSystemClock(),
    log: silentLog,
    blobs: { kind: 'folder' },
    configFile: null,
    environment: { PATH: process.env['PATH'] },
    ...over,
  };
}

test('everything is kept in one folder of its owner, and is there again', async () => {
  const first = await openStorage(optionsOf());
  await first.buildStore.create([newBuild('b1')]);
  await first.blobs.put('a/b', chunksOf('blob'));
  const log = await first.logFiles.open('a1');
  await log.append(new TextEncoder().encode('line'), 1);
  await log.close();
  expect(await first.configFile.read()).toBeNull();
  await first.close();
  expect((await stat(join(parent, 'data'))).mode & 0o777).toBe(0o700);

  const second = await openStorage(optionsOf());
  expect(await second.buildStore.build('b1')).toMatchObject({ state: 'waiting' });
  expect(new TextDecoder().decode(await bytesOf(second.blobs.get('a/b')))).toBe('blob');
  expect(await second.logFiles.list()).toEqual(['a1']);
  await second.close();
  await second.close();
});

test('a second one on the same folder is refused and leaves the first alone', async () => {
  const first = await openStorage(optionsOf());
  await expect(openStorage(optionsOf())).rejects.toMatchObject({ code: 'conflict' });
  await first.blobs.put('a', chunksOf('still mine'));
  await first.close();
});

test('what fails to open lets go of what was opened before it', async () => {
  const s3 = { endpoint: null, region: '', bucket: '', prefix: '', accessKeyId: '', secretAccessKey: '' };
  const broken = optionsOf({ blobs: { kind: 's3', ...s3, pathStyle: true } });
  await expect(openStorage(broken)).rejects.toThrow();
  await (await openStorage(optionsOf())).close();
});
