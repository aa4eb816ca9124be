/** A disk that is full, on either side: nothing that was acknowledged is lost, and the farm goes on by itself when there is room. */
import { afterEach, describe, expect, test } from 'bun:test';
import { warnSkipped } from '../tools/find-tool.ts';
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from '../tools/small-disk.ts';
import { type LineFarm, startLineFarm } from './line-farm.ts';

const why = whyNoSmallDisk();
if (why !== null) warnSkipped('the farm on full disks', why);
const limitMs = 200_000;

describe.skipIf(why !== null)('a full disk', () => {
  let farm: LineFarm | undefined;
  let disk: SmallDisk | undefined;
  afterEach(async () => {
    await farm?.stop();
    disk?.unmount();
    farm = undefined;
    disk = undefined;
  });

  test(
    'of the coordinator: the build waits for room and passes, in one attempt, with every line',
    async () => {
      disk = mountSmallDisk(64);
      farm = await startLineFarm({ lines: 400_000, pauseSeconds: 0.3 }, { dataDir: `${disk.dir}/data` });
      await farm.startAgent('a');
      const id = await farm.build();
      await farm.runs(id);
      disk.fill(64 * 1024);
      // Longer than a write is tried for in silence.
      await Bun.sleep(8_000);
      expect((await farm.api.build(id)).endedAt).toBeNull();
      disk.empty();
      await farm.passes(id);
    },
    limitMs,
  );

  test(
    'of the coordinator, and it is killed meanwhile: as before',
    async () => {
      disk = mountSmallDisk(64);
      farm = await startLineFarm({ lines: 400_000, pauseSeconds: 0.3 }, { dataDir: `${disk.dir}/data` });
      await farm.startAgent('a');
      const id = await farm.build();
      await farm.runs(id);
      disk.fill(0);
      await Bun.sleep(3_000);
      await farm.coordinator.kill();
      disk.empty();
      await farm.startCoordinator();
      await farm.passes(id);
    },
    limitMs,
  );

  test(
    'of a machine: its run ends as the fault of the machine, and another machine does the work',
    async () => {
      disk = mountSmallDisk(24);
      farm = await startLineFarm({ lines: 400_000, pauseSeconds: 0.5 });
      await farm.startAgent('a', { dir: `${disk.dir}/agent` });
      const id = await farm.build();
      await farm.runs(id);
      // No acknowledgement of its output frees room while the coordinator is stopped.
      await farm.startAgent('b');
      farm.coordinator.signal('SIGSTOP');
      disk.fill(16 * 1024);
      await Bun.sleep(4_000);
      farm.coordinator.signal('SIGCONT');
      const build = await farm.passes(id, 2);
      expect(build.attemptList[0]).toMatchObject({ state: 'infrastructure', error: { blame: 'machine' } });
      expect(build.attemptList[1]?.machine.name).toBe('b');
    },
    limitMs,
  );
});
