/** Harm on the line between the agents and the coordinator, by a real proxy: runs go on, and no byte is lost or comes twice. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { until } from '../farm/processes.ts';
import { findTool, warnSkipped } from '../tools/find-tool.ts';
import { startToxiproxy, type Toxic, type Toxiproxy } from '../tools/toxiproxy.ts';
import { type LineFarm, startLineFarm } from './line-farm.ts';

const tool = findTool('toxiproxy-server');
if (!tool.found) warnSkipped('the farm over a bad line', tool.why);

const limitMs = 150_000;
const both = (toxic: Omit<Toxic, 'stream'>): Toxic[] => [
  { ...toxic, stream: 'upstream' },
  { ...toxic, stream: 'downstream' },
];
/** Takes everything, passes nothing on, and never closes. */
const silence = { type: 'timeout', attributes: { timeout: 0 } } as const;

describe.skipIf(!tool.found)('a bad line', () => {
  let farm: LineFarm;
  let proxy: Toxiproxy;

  beforeAll(async () => {
    farm = await startLineFarm({ lines: 4_000, pauseSeconds: 0.5 });
    proxy = await startToxiproxy(tool.found ? tool.path : '', new URL(farm.url).host);
    await farm.startAgent('a', { coordinator: `http://127.0.0.1:${proxy.port}` });
  }, limitMs);
  afterAll(async () => {
    await farm?.stop();
    await proxy?.stop();
  });

  test(
    'cut every 2 s',
    async () => {
      const id = await farm.build();
      await farm.runs(id);
      let cuts = 0;
      while ((await farm.api.build(id)).endedAt === null && cuts < 10) {
        await proxy.enable(false);
        await proxy.enable(true);
        cuts += 1;
        await Bun.sleep(2_000);
      }
      expect(cuts).toBeGreaterThan(1);
      await farm.passes(id);
    },
    limitMs,
  );

  test(
    '200 ms each way',
    async () => {
      await proxy.add(...both({ type: 'latency', attributes: { latency: 200 } }));
      await farm.passes(await farm.build());
      await proxy.heal();
    },
    limitMs,
  );

  test(
    '64 kB/s',
    async () => {
      await proxy.add(...both({ type: 'bandwidth', attributes: { rate: 64 } }));
      await farm.passes(await farm.build());
      await proxy.heal();
    },
    limitMs,
  );

  test(
    'half-open: what the agent sends is taken and gets lost; the link is given up, and the run goes on over the next',
    async () => {
      const id = await farm.build();
      await farm.runs(id);
      await proxy.add({ ...silence, stream: 'upstream' });
      await farm.connected(0, 60_000);
      await proxy.heal();
      // What was half-open stays so; the proxy ends it only when it is told to.
      await proxy.enable(false);
      await proxy.enable(true);
      await farm.passes(id);
    },
    limitMs,
  );

  test(
    'accepted and then silent: the agent gives each try up, and is back when the line is',
    async () => {
      await proxy.add(...both(silence));
      await farm.agents.get('a')?.kill();
      await farm.connected(0, 60_000);
      const agent = farm.agents.get('a');
      const again = farm.startAgent('a', { coordinator: `http://127.0.0.1:${proxy.port}` });
      await until('a new agent runs', () => farm.agents.get('a') !== agent);
      await farm.agents.get('a')?.printed(/link\.lost/, 60_000);
      await proxy.heal();
      await again;
      await farm.passes(await farm.build());
    },
    limitMs,
  );
});

describe.skipIf(!tool.found)('a line that does not come back', () => {
  test(
    'its work is placed anew',
    async () => {
      const farm = await startLineFarm({ lines: 100, pauseSeconds: 0.5, away: '2s' });
      const proxy = await startToxiproxy(tool.found ? tool.path : '', new URL(farm.url).host);
      try {
        await farm.startAgent('a', { coordinator: `http://127.0.0.1:${proxy.port}` });
        const id = await farm.build();
        await farm.runs(id);
        await farm.startAgent('b');
        await proxy.add(...both(silence));
        const build = await farm.passes(id, 2);
        expect(build.attemptList.map(({ machine }) => machine.name)).toEqual(['a', 'b']);
      } finally {
        await farm.stop();
        await proxy.stop();
      }
    },
    limitMs,
  );
});
