import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Clock, createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { findTool, warnSkipped } from '../../test/tools/find-tool.ts';
import { type S3Server, startVersitygw } from '../../test/tools/versitygw.ts';
import { blobConformance, bytesOf, chunksOf, patternOf } from '../conformance/blobs.ts';
import { openS3Blobs, type S3Blobs } from './s3.ts';
import type { S3Options } from './s3-client.ts';
import { pieceBytes } from './s3-read.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './testing/fault-proxy.ts';

const program = findTool('versitygw');
if (!program.found) warnSkipped('S3 blob store', program.why);

describe.skipIf(!program.found)('S3', () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let homes = 0;

  beforeAll(async () => {
    server = await startVersitygw(program.found ? program.path : '', ['croft-test']);
    proxy = await startFaultProxy(server.endpoint);
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  function optionsOf(over: Partial<S3Options> = {}): S3Options {
    homes++;
    const { endpoint, accessKeyId, secretAccessKey } = server;
    const prefix = `home-${homes}/`;
    const bucket = 'croft-test';
    return {
      endpoint,
      region: 'us-east-1',
      bucket,
      prefix,
      accessKeyId,
      secretAccessKey,
      pathStyle: true,
      ...over,
    };
  }

  function open(over: Partial<S3Options> = {}): Promise<S3Blobs> {
    return openS3Blobs(optionsOf(over), { clock: createSystemClock(), log: silentLog });
  }

  blobConformance(
    'S3 by versitygw',
    async () => {
      const blobs = await open();
      return { blobs, remove: async () => blobs.close() };
    },
    17_000_000,
  );

  test('a bucket that is missing, and credentials that are wrong, are said at the start', async () => {
    await expect(open({ bucket: 'croft-none' })).rejects.toMatchObject({
      code: 'storage_failed',
      message: 'The S3 service has no bucket "croft-none"; make it',
    });
    await expect(open({ secretAccessKey: 'wrong' })).rejects.toMatchObject({
      message: expect.stringContaining('does not let these credentials'),
    });
  });

  test('a service that is away at the start is used once it is there', async () => {
    const before = await open({ endpoint: 'http://127.0.0.1:1' });
    await expect(before.stat('a')).rejects.toMatchObject({ code: 'storage_failed', blame: 'outside' });
    before.close();
  });

  test('60 readers and writers at once all get what is theirs', async () => {
    const blobs = await open();
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const bytes = patternOf(200_000 + i, i);
        await blobs.put(`many/${i}`, chunksOf(bytes));
        expect(Buffer.compare(await bytesOf(blobs.get(`many/${i}`)), bytes)).toBe(0);
      }),
    );
    expect(await Array.fromAsync(blobs.list('many/'))).toHaveLength(60);
    blobs.close();
  });

  describe('faults', () => {
    /** Thirty times as fast, so that no test waits for a deadline. */
    const hurried: Clock = {
      ...createSystemClock(),
      after: (ms, run) => createSystemClock().after(ms / 30, run),
      sleep: (ms, signal) => createSystemClock().sleep(ms / 30, signal),
    };
    const openFaulty = () =>
      openS3Blobs(optionsOf({ endpoint: proxy.endpoint, silenceMs: 9_000 }), {
        clock: hurried,
        log: silentLog,
      });

    const whole = patternOf(2 * pieceBytes + 1_000, 3);

    /** The faults meet the first requests of a kind, and then all goes well. */
    async function readingThrough(faults: readonly Fault[]): Promise<Uint8Array> {
      const blobs = await openFaulty();
      try {
        await blobs.put('x', chunksOf(whole));
        proxy.onNext('GET', faults);
        return await bytesOf(blobs.get('x'));
      } finally {
        proxy.onNext('GET', []);
        blobs.close();
      }
    }

    const passing: Record<string, readonly Fault[]> = {
      'answers 500 and 503': ['500', '503'],
      'never answers': ['stall-head'],
      'stalls in the middle of a body': ['stall-body', 'pass', 'stall-body'],
      'breaks off in the middle of a body': ['cut-body', 'cut-body', 'pass', 'cut-body'],
      'closes before it answers': ['cut-head', 'cut-head'],
      'ends a body early and calls it whole': ['short-body', 'pass', 'short-body'],
    };
    for (const [what, faults] of Object.entries(passing)) {
      test(`reading from a service that ${what} gives the true bytes`, async () => {
        expect(Buffer.compare(await readingThrough(faults), whole)).toBe(0);
      });
    }

    test('reading from a service that goes on failing fails, in the time of its tries', async () => {
      for (const fault of ['503', 'cut-body', 'short-body', 'empty-200'] as const) {
        const failing = readingThrough(Array.from({ length: 40 }, () => fault));
        await expect(failing).rejects.toMatchObject({ code: 'storage_failed', blame: 'outside' });
      }
    });

    test('bytes that were changed on the way are noticed before the end', async () => {
      const damaged = readingThrough(['pass', 'corrupt-body']);
      await expect(damaged).rejects.toMatchObject({ code: 'storage_failed', retry: 'same' });
    });

    test('writing to a service that fails now and then stores the true bytes', async () => {
      const blobs = await openFaulty();
      const large = patternOf(17_000_000, 5);
      for (const [key, bytes] of [
        ['small', whole.subarray(0, 1_000)],
        ['large', large],
      ] as const) {
        proxy.onNext('PUT', ['503', 'cut-head', 'pass', 'cut-head']);
        proxy.onNext('POST', ['500']);
        expect(await blobs.put(key, chunksOf(bytes))).toEqual({ bytes: bytes.byteLength, existed: false });
        expect(Buffer.compare(await bytesOf(blobs.get(key)), bytes)).toBe(0);
      }
      blobs.close();
    });

    test('a write whose answer was lost is found to be there', async () => {
      const blobs = await openFaulty();
      proxy.onNext('PUT', ['lose-answer']);
      expect(await blobs.put('small', chunksOf('bytes'))).toEqual({ bytes: 5, existed: true });
      proxy.onNext('POST', ['pass', 'lose-answer']);
      const large = patternOf(9_000_000);
      expect(await blobs.put('large', chunksOf(large))).toMatchObject({ bytes: 9_000_000 });
      expect(Buffer.compare(await bytesOf(blobs.get('large')), large)).toBe(0);
      blobs.close();
    });

    test('an answer that says nothing is taken for nothing', async () => {
      const blobs = await openFaulty();
      await blobs.put('x', chunksOf('bytes'));
      proxy.onNext('HEAD', ['empty-200']);
      await expect(blobs.stat('x')).rejects.toMatchObject({ code: 'storage_failed' });
      proxy.onNext('GET', ['empty-200']);
      await expect(Array.fromAsync(blobs.list(''))).rejects.toMatchObject({ code: 'storage_failed' });
      proxy.onNext('PUT', ['empty-200']);
      await expect(blobs.put('y', chunksOf('bytes'))).rejects.toMatchObject({ code: 'storage_failed' });
      blobs.close();
    });

    test('writing to a service that goes on failing fails and leaves nothing', async () => {
      const blobs = await openFaulty();
      proxy.onNext(
        'PUT',
        Array.from({ length: 40 }, () => '503' as const),
      );
      await expect(blobs.put('x', chunksOf(whole))).rejects.toMatchObject({ code: 'storage_failed' });
      proxy.onNext('PUT', []);
      expect(await blobs.stat('x')).toBeNull();
      blobs.close();
    });
  });
});
