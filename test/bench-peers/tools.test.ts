/** Ours and upstream's tools print the same bytes for generated files; `run.ts` does many more. */
import { describe, expect, test } from 'bun:test';
import { warnSkipped } from '../tools/find-tool.ts';
import { goPerfTools } from '../tools/go-perf.ts';
import { differencesOf } from './differences.ts';

const peers = await goPerfTools();
if (!peers.found) warnSkipped("upstream's benchstat and benchfilter", peers.why);

describe.skipIf(!peers.found)('beside upstream’s benchstat and benchfilter', () => {
  const seeds = Array.from({ length: 110 }, (_, place) => place + 1);
  test('the same bytes on standard output and standard error', async () => {
    if (!peers.found) return;
    const different: string[] = [];
    for (const seed of seeds) {
      for (const { same, what, detail } of await differencesOf(peers.tools, seed)) {
        if (!same) different.push(`seed ${seed}: ${what}\n${detail}`);
      }
    }
    expect(different).toEqual([]);
  }, 60_000);
});
