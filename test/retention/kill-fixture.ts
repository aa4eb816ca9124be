/** A process that is made to be killed: retention over the folder it is given, as long as there is something to remove. */
import { writeSync } from 'node:fs';
import { openKept, retentionOf } from './farm.ts';

const [, , dir = ''] = process.argv;
const farm = await openKept(dir);
writeSync(1, 'begun\n');
await retentionOf(dir, farm, { logs: { ageMs: 3 * 86_400_000 }, artifacts: { ageMs: 3 * 86_400_000 } }).pass(
  new AbortController().signal,
);
await farm.stores.close();
writeSync(1, 'done\n');
