/**
 * Kills the coordinator, and then the agent, before, during and after every write of a build: `bun test/faults/kill-everywhere.ts`.
 * `coordinator` or `agent` as an argument: only that one. A word more: only the writes whose names contain it.
 */
import { type KillPlan, phases } from './failpoint.ts';
import { allPlans, faultsOf, planText } from './kill-plans.ts';
import { startKilledFarm, type Victim } from './killed-farm.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function killEverywhere(victim: Victim, only: string): Promise<number> {
  const farm = await startKilledFarm(victim);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => farm.stop().finally(() => process.exit(130)));
  }
  let failures = 0;
  let missed = 0;
  let rounds = 0;
  async function round(plan: KillPlan, again?: KillPlan): Promise<void> {
    const text = `${planText(plan)}${again === undefined ? '' : `, and again ${planText(again)}`}`;
    const started = performance.now();
    const result = await farm.round(plan, again);
    rounds += 1;
    if (result.deaths === 0) missed += 1;
    const faults = faultsOf(victim, undisturbed.end, result);
    if (faults.length > 0) failures += 1;
    const word = faults.length > 0 ? 'WRONG ' : result.deaths > 0 ? 'ok    ' : 'missed';
    say(`${word} ${victim} ${text} (${Math.round(performance.now() - started)} ms)`);
    for (const fault of faults) say(`       ${fault.slice(0, 2_000)}`);
  }
  const undisturbed = await farm.record();
  try {
    const plans = allPlans(undisturbed.writes).filter(({ name }) => name.includes(only));
    for (const plan of plans) await round(plan);
    // What the program writes while it takes an interrupted build up again; it dies there too.
    const interrupted = interruptions[victim];
    await farm.round(interrupted);
    const restart = allPlans(farm.writes()).filter(({ name }) => name.includes(only));
    for (const plan of restart.filter(({ phase }) => phase !== phases[1])) await round(interrupted, plan);
  } finally {
    await farm.stop();
  }
  say(`${victim}: ${rounds} rounds, ${missed} of them without a death, ${failures} wrong`);
  return failures;
}

/** In the middle of the first step. */
const interruptions: Readonly<Record<Victim, KillPlan>> = {
  coordinator: { name: 'logFile.append', count: 1, phase: 'after' },
  agent: { name: 'writeSync[runs/.out]', count: 1, phase: 'after' },
};

const words = process.argv.slice(2);
const victims = (['coordinator', 'agent'] as const).filter((name) => words.includes(name));
const only = words.find((word) => word !== 'coordinator' && word !== 'agent') ?? '';
let wrong = 0;
for (const victim of victims.length > 0 ? victims : (['coordinator', 'agent'] as const)) {
  wrong += await killEverywhere(victim, only);
}
process.exit(wrong === 0 ? 0 : 1);
