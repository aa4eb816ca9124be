/** An agent for tests of the supervisor: joins by writing an identity, and runs until it is told to stop. */
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    coordinator: { type: 'string', default: '' },
    dir: { type: 'string', default: 'agent' },
    name: { type: 'string', default: '' },
    'host-type': { type: 'string', default: '' },
  },
});
const dir = resolve(values.dir);
mkdirSync(dir, { recursive: true });
const token = process.env['CROFT_JOIN_TOKEN'] ?? null;
const facts = {
  pid: process.pid,
  token,
  url: values.coordinator,
  hostType: values['host-type'],
  path: process.env['PATH'],
};
appendFileSync(join(dir, 'starts'), `${JSON.stringify(facts)}\n`);
if (existsSync(join(dir, 'crash'))) process.exit(1);
writeFileSync(join(dir, 'identity.json'), JSON.stringify({ machineId: 'mch_1' }));
process.on('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 60_000);
