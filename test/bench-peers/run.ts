/** A long comparison with upstream's tools: `bun test/bench-peers/run.ts [cases] [first seed]`. Ends with 1 when something differs. */
import { goPerfTools } from '../tools/go-perf.ts';
import { differencesOf } from './differences.ts';

const [cases = 2_000, first = 1] = process.argv.slice(2).map(Number);
const peers = await goPerfTools();
if (!peers.found) throw new Error(peers.why);
let different = 0;
let compared = 0;
for (let seed = first; seed < first + cases; seed++) {
  for (const difference of await differencesOf(peers.tools, seed)) {
    compared++;
    if (difference.same) continue;
    different++;
    if (different <= 10) process.stdout.write(`seed ${seed}: ${difference.what}\n${difference.detail}\n`);
  }
}
process.stdout.write(`${compared} outputs of ${cases} generated cases compared, ${different} differ\n`);
process.exitCode = different === 0 ? 0 : 1;
