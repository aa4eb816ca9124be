/** A coordinator that is made to be killed while git fetches for it. */
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { openGitMirrors } from './mirrors.ts';

const [, , dir = '', url = ''] = process.argv;
const mirrors = await openGitMirrors({
  dir,
  environment: { PATH: process.env['PATH'] },
  clock: createSystemClock(),
  log: silentLog,
});
await mirrors.update({ name: 'croft', url });
