/** The same with objects in a bucket: the check goes both ways, and a backup says where they are. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { openS3Blobs } from '../../storage/blobs/s3.ts';
import { createStorageTools } from '../../storage/tools.ts';
import { fill, openKept } from '../retention/farm.ts';
import { findTool, warnSkipped } from '../tools/find-tool.ts';
import { type S3Server, startVersitygw } from '../tools/versitygw.ts';

const program = findTool('versitygw');
if (!program.found) warnSkipped('croft fsck on S3', program.why);

describe.skipIf(!program.found)('objects in S3', () => {
  let server: S3Server;
  let dir = '';
  const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

  beforeAll(async () => {
    server = await startVersitygw(program.found ? program.path : '', ['croft-fsck']);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'croft-fsck-s3-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const place = () => {
    const { endpoint, accessKeyId, secretAccessKey } = server;
    const options = {
      endpoint,
      region: 'us-east-1',
      bucket: 'croft-fsck',
      prefix: 'farm/',
      accessKeyId,
      secretAccessKey,
    };
    return { kind: 's3', pathStyle: true, ...options } as const;
  };

  test('are checked both ways, and left where they are by a backup', async () => {
    const blobs = await openS3Blobs(place(), { clock: createSystemClock(), log: silentLog });
    const { stores } = await openKept(dir);
    await fill(stores, blobs, 4);
    await stores.close();
    await blobs.remove('artifacts/own2');
    await blobs.put(
      'artifacts/stray',
      (async function* () {
        yield new Uint8Array(3);
      })(),
    );
    blobs.close();

    // Hours from now, so that nothing is young.
    const clock = createManualClock(Date.now() + 10 * 3_600_000);
    const tools = createStorageTools({ clock, version: '1', blobs: place });
    const check = (repair: boolean) => tools.check({ ...quiet, dir, deep: false, repair });
    const kinds = (await check(false)).findings.map(({ kind, what }) => `${kind} ${what}`);
    expect(kinds).toContain('orphan-object artifacts/stray');
    expect(kinds).toContain('missing-object artifacts/own2');
    await check(true);
    const left = (await check(false)).findings.map(({ kind }) => kind);
    expect(left).not.toContain('orphan-object');
    expect(left).not.toContain('missing-object');

    const to = join(dir, 'copy');
    const report = await tools.backUp({ ...quiet, dir, to, configFile: null });
    expect(report.missing).toEqual([]);
    expect(report.leftOut).toContain('logs and artifacts: the S3 bucket "croft-fsck", prefix "farm/"');
    const restored = await tools.restore({ ...quiet, from: to, dir: join(dir, 'new'), force: false });
    expect(restored.blobs).toBe('the S3 bucket "croft-fsck", prefix "farm/"');
  });
});
