import { expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { Fact } from '../../core/facts/types.ts';
import type { GitMirrors } from '../../core/source/ports.ts';
import { measuredMirrors } from './measured.ts';

const target = { name: 'r', url: 'https://git.example.org/r' };

function measured(update: GitMirrors['update']) {
  const told: Fact[] = [];
  const clock = createManualClock(0);
  const mirrors = measuredMirrors({ update } as GitMirrors, { clock, tell: (fact) => told.push(fact) });
  return { mirrors, told };
}

test('a fetch is told, with whether it went well', async () => {
  const well = measured(async () => undefined);
  await well.mirrors.update(target);
  expect(well.told).toEqual([{ type: 'git-fetch', ms: 0, ok: true }]);
  const away = measured(async () => {
    throw new FarmError('source_unavailable', 'No route', { blame: 'outside' });
  });
  await expect(away.mirrors.update(target)).rejects.toMatchObject({ code: 'source_unavailable' });
  expect(away.told).toEqual([{ type: 'git-fetch', ms: 0, ok: false }]);
});

test('one that was broken off tells nothing of the remote', async () => {
  const stop = new AbortController();
  const { mirrors, told } = measured(async (_, signal) => signal?.throwIfAborted());
  stop.abort(new FarmError('shutting_down', 'Over', { blame: 'farm' }));
  await expect(mirrors.update(target, stop.signal)).rejects.toMatchObject({ code: 'shutting_down' });
  expect(told).toEqual([]);
});
