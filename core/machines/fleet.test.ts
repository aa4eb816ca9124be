import { expect, test } from 'bun:test';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { untold } from '../facts/index.ts';
import { createFleet } from './index.ts';
import type { MachineStore } from './ports.ts';

function fleetOn(store: Partial<MachineStore>) {
  const clock = createManualClock();
  const fleet = createFleet({
    store: store as MachineStore,
    clock,
    ids: { next: (prefix) => `${prefix}_1` },
    randomness: { bytes: (count) => new Uint8Array(count), fraction: () => 0.5 },
    log: silentLog,
    tell: untold,
    verify: () => false,
    hash: (secret) => secret,
    policies: () => ({ awayMs: 30_000, quarantineAfter: 3 }),
    version: '0',
  });
  return { clock, fleet };
}

test('a store that fails for a while does not end the care for machines', async () => {
  let touches = 0;
  const { clock, fleet } = fleetOn({
    machines: async () => [],
    reliability: async () => new Map(),
    async touch() {
      touches++;
      if (touches === 1) throw new FarmError('disk_full', 'The disk is full', { blame: 'farm' });
    },
  });
  await fleet.start();
  const stop = new AbortController();
  const running = fleet.run(stop.signal);
  await clock.advance(95_000);
  stop.abort(new FarmError('shutting_down', 'The test is over', { blame: 'farm' }));
  await running;
  expect(touches).toBe(3);
});
