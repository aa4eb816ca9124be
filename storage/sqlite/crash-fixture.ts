/**
 * A process that is made to be killed: builds go through their life in several chains, and every write that was
 * acknowledged is told on standard output before the next one begins.
 */
import { writeSync } from 'node:fs';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { claimOf, endOf } from '../conformance/build-store.ts';
import { entry, joinMachine, newBuild, noon } from '../conformance/samples.ts';
import { openSqliteStores } from './stores.ts';

const [, , file = '', round = '0'] = process.argv;
const { builds, machines, source } = await openSqliteStores({
  file,
  clock: createSystemClock(),
  log: silentLog,
});
const machineId = `m${round}`;
await joinMachine(machines, machineId);
await source.recordCheck({ repo: 'croft', at: noon, error: null, defaultBranch: 'main' });

function acknowledged(what: string): void {
  writeSync(1, `${what}\n`);
}

async function chain(slot: number): Promise<never> {
  for (let i = 0; ; i++) {
    const id = `b-${round}-${slot}-${i}`;
    const attempt = `a-${round}-${slot}-${i}`;
    await builds.create([newBuild(id)]);
    acknowledged(`created ${id}`);
    const journal = [entry(attempt, 0)];
    const claimed = await builds.claim(claimOf(id, attempt, { slot, machineId, journal }));
    if (claimed.outcome !== 'claimed') throw new Error(`Cannot claim: ${claimed.outcome}`);
    acknowledged(`claimed ${id} ${attempt}`);
    for (let seq = 1; seq < 4; seq++) {
      await builds.appendJournal([entry(attempt, seq)]);
      acknowledged(`journal ${id} ${attempt} ${seq}`);
    }
    await builds.endAttempt(endOf(id, attempt, { journal: [entry(attempt, 4)] }));
    acknowledged(`ended ${id} ${attempt}`);
  }
}

await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(chain));
