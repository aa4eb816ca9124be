/**
 * Many agents that have nothing to do, in one process: each with its own key and its own WebSocket, dialled, signed, kept and dialled
 * again by the product's own code. Only what is behind the link is missing: they take no lease.
 * `bun test/bench/idle-agents.ts --coordinator URL --tokens FILE --dir DIR`; prints `connected N` whenever N changes.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createSystemRandomness } from '../../agent/kit/ids.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { dial } from '../../agent/link/dial.ts';
import { createFreshIdentity, openIdentity } from '../../agent/link/identity.ts';
import { createLink } from '../../agent/link/link.ts';
import { currentRuntime } from '../../agent/platform/runtime.ts';
import { describePlatform, readStatus } from '../../agent/status.ts';

const { values } = parseArgs({
  options: { coordinator: { type: 'string' }, tokens: { type: 'string' }, dir: { type: 'string' } },
});
const coordinator = new URL(values.coordinator ?? '');
const dir = values.dir ?? '';
const tokens = readFileSync(values.tokens ?? '', 'utf8')
  .trim()
  .split('\n');

/** Agents that join at the same time; a farm grows slowly, and comes back at once. */
const joiningAtOnce = 256;
const statusEveryMs = 30_000;
const clock = createSystemClock();
const randomness = createSystemRandomness();
const platform = describePlatform(currentRuntime(), 'bench');
const status = readStatus('/', { slots: 1, busySlots: 0, draining: false });
const stop = new AbortController();
let connected = 0;
let told = -1;

/** Resolves once it is in for the first time; it stays until the end. */
function startAgent(index: number, joinToken: string): Promise<void> {
  const first = Promise.withResolvers<void>();
  const file = join(dir, `${index}.json`);
  const link = createLink({
    clock,
    randomness,
    log: silentLog,
    dial: () => dial({ coordinator, proxy: undefined, ca: undefined, clock }),
    identity: openIdentity(file),
    freshIdentity: () => createFreshIdentity(file),
    joinToken,
    introduce: () => ({ name: `idle-${index}`, slots: 1, platform, status, leases: [], runs: [] }),
    handlers: {},
    notices: {},
    onWelcome: () => undefined,
    onConnected(session) {
      connected += 1;
      first.resolve();
      let timer = clock.after(statusEveryMs, tell);
      function tell(): void {
        session.notify('machine.status', status);
        timer = clock.after(statusEveryMs, tell);
      }
      session.closed.then(
        () => {
          connected -= 1;
          timer.cancel();
        },
        (error: unknown) => first.reject(error),
      );
    },
  });
  link.run(stop.signal).then((refusal) => first.reject(refusal ?? new Error('stopped')), first.reject);
  return first.promise;
}

function report(): void {
  if (connected !== told) process.stdout.write(`connected ${connected}\n`);
  told = connected;
}

mkdirSync(dir, { recursive: true });
process.on('SIGTERM', () => process.exit(0));
setInterval(report, 50);
let next = 0;
await Promise.all(
  Array.from({ length: Math.min(joiningAtOnce, tokens.length) }, async () => {
    while (next < tokens.length) {
      const index = next++;
      await startAgent(index, tokens[index] ?? '');
    }
  }),
);
