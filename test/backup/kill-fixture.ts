/** A process that is made to be killed: a backup or a restore, as `croft` does them. */
import { writeSync } from 'node:fs';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createStorageTools } from '../../storage/tools.ts';

const [, , what = '', from = '', to = ''] = process.argv;
const tools = createStorageTools({
  clock: createSystemClock(),
  version: '1',
  blobs: () => ({ kind: 'folder' }),
});
const quiet = { signal: new AbortController().signal, onProgress: () => undefined };
writeSync(1, 'begun\n');
if (what === 'backup') await tools.backUp({ ...quiet, dir: from, to, configFile: null });
else await tools.restore({ ...quiet, from, dir: to, force: true });
writeSync(1, 'done\n');
