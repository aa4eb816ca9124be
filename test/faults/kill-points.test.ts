/** A sample of `kill-everywhere.ts`: each method that writes, before and after. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { faultsOf, planText, samplePlans } from './kill-plans.ts';
import { type BuildEnd, type KilledFarm, startKilledFarm, type Victim } from './killed-farm.ts';

const startMs = 60_000;
const allMs = 300_000;

describe.each(['coordinator', 'agent'] as const)('%s', (victim: Victim) => {
  let farm: KilledFarm;
  let undisturbed: { readonly writes: readonly string[]; readonly end: BuildEnd };

  beforeAll(async () => {
    farm = await startKilledFarm(victim);
    undisturbed = await farm.record();
  }, startMs);
  afterAll(async () => await farm.stop());

  test(
    'killed before or after any kind of write, it comes to the same end',
    async () => {
      expect(undisturbed.end).toMatchObject({ state: 'passed', attempts: 1, leftovers: [] });
      const plans = samplePlans(undisturbed.writes);
      expect(plans.length).toBeGreaterThanOrEqual(16);
      const wrong: string[] = [];
      let killed = 0;
      for (const plan of plans) {
        const round = await farm.round(plan);
        if (round.deaths > 0) killed += 1;
        for (const fault of faultsOf(victim, undisturbed.end, round))
          wrong.push(`${planText(plan)}: ${fault}`);
      }
      expect(wrong).toEqual([]);
      // A write that is left out now and then is no error, but a death that never comes would prove nothing.
      expect(killed).toBeGreaterThan(plans.length * 0.8);
    },
    allMs,
  );
});
