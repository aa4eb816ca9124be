/** An agent behind a line that loses packets, or is slow below TCP: by iptables and tbf in a network namespace. */
import { afterEach, describe, expect, test } from 'bun:test';
import { warnSkipped } from '../tools/find-tool.ts';
import { makeNamespace, type Namespace, whyNoNamespace } from '../tools/namespace.ts';
import { type LineFarm, startLineFarm } from './line-farm.ts';

const why = whyNoNamespace();
if (why !== null) warnSkipped('the farm behind a line that loses packets', why);
const limitMs = 150_000;

describe.skipIf(why !== null)('packets', () => {
  let farm: LineFarm | undefined;
  let namespace: Namespace | undefined;
  afterEach(async () => {
    await farm?.stop();
    namespace?.remove();
    farm = undefined;
    namespace = undefined;
  });

  async function behind(line: Namespace): Promise<LineFarm> {
    namespace = line;
    farm = await startLineFarm(
      { lines: 20_000, pauseSeconds: 0.3 },
      { coordinatorArgs: ['--host', '0.0.0.0'] },
    );
    const { port } = new URL(farm.url);
    await farm.startAgent('a', { within: line.within, coordinator: `http://${line.address}:${port}` });
    return farm;
  }

  test(
    '5 % of them lost',
    async () => {
      const line = makeNamespace(71);
      line.lose(0.05);
      const started = await behind(line);
      await started.passes(await started.build());
      expect(line.lost()).toBeGreaterThan(0);
    },
    limitMs,
  );

  test(
    '64 kB/s',
    async () => {
      const line = makeNamespace(72);
      line.slow(512);
      const started = await behind(line);
      await started.passes(await started.build());
    },
    limitMs,
  );
});
