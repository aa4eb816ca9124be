/** A whole farm over an S3 service that fails: 500, 503, slow, half an answer, an answer that gets lost. */
import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, startFaultProxy } from '../../storage/blobs/testing/fault-proxy.ts';
import { configFor, startFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';
import { findTool, warnSkipped } from '../tools/find-tool.ts';
import { startVersitygw } from '../tools/versitygw.ts';

const tool = findTool('versitygw');
if (!tool.found) warnSkipped('the farm over a failing S3 service', tool.why);

const limitMs = 240_000;
/** What happens to the next requests, of each method. A body that stalls is given up by the client after its own patience. */
const troubles: readonly (readonly Fault[])[] = [
  ['500', '503', '500'],
  ['cut-head', '503'],
  ['lose-answer', '500'],
  ['short-body', 'cut-body'],
  ['stall-body'],
];

describe.skipIf(!tool.found)('a farm over an S3 service', () => {
  test(
    'that fails in every way: builds pass, artifacts are whole, nothing ran twice in an attempt',
    async () => {
      const scratch = mkdtempSync(join(tmpdir(), 'croft-objects-'));
      const repository = makeRepository(join(scratch, 'repo'));
      repository.commit({ made: '0\n' });
      const server = await startVersitygw(tool.found ? tool.path : '', ['farm']);
      const proxy = await startFaultProxy(server.endpoint);
      const script = `echo "$CROFT_ATTEMPT" >> ${scratch}/$CROFT_COMMIT; seq 1 60000`;
      const farm = await startFarm(
        configFor(repository.dir, [
          { name: 'b', hostType: 'local', steps: [script], artifacts: ['made'], attempts: 5 },
        ]),
        {
          coordinatorEnv: {
            CROFT_S3_BUCKET: 'farm',
            CROFT_S3_ENDPOINT: proxy.endpoint,
            CROFT_S3_ACCESS_KEY_ID: server.accessKeyId,
            CROFT_S3_SECRET_ACCESS_KEY: server.secretAccessKey,
          },
        },
      );
      try {
        await farm.startAgent('a');
        for (const [index, faults] of troubles.entries()) {
          for (const method of ['GET', 'PUT', 'HEAD', 'POST']) proxy.onNext(method, faults);
          const content = `${index + 1}\n`;
          const commit = repository.commit({ made: content });
          const first = await until(
            'the build is there',
            async () => (await farm.api.builds(`&commit=${commit}`))[0],
          );
          const build = await farm.api.finished(first.id, 120_000);
          expect({ faults, state: build.state, error: build.message }).toEqual({
            faults,
            state: 'passed',
            error: null,
          });
          for (const method of ['GET', 'PUT', 'HEAD', 'POST']) proxy.onNext(method, []);
          const path = new URL(build.artifacts[0]?.url ?? '', farm.url).pathname;
          expect(await (await farm.api.request('GET', path)).text()).toBe(content);
          expect((await farm.api.log(build.id)).match(/^\d+$/gm)?.length).toBe(60_000);
          const ran = readFileSync(join(scratch, commit), 'utf8').trim().split('\n');
          expect(new Set(ran).size).toBe(ran.length);
        }
      } finally {
        await farm.stop();
        await proxy.stop();
        await server.stop();
        rmSync(scratch, { recursive: true, force: true });
      }
    },
    limitMs,
  );
});
