/**
 * What a backup of a large farm costs those who write meanwhile:
 *
 *   bun test/bench/backup.ts [MiB of database]
 *
 * The farm's writer runs in this process, the backup in one of its own, as `croft backup` does.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { claimOf, endOf } from '../../storage/conformance/build-store.ts';
import { entry, joinMachine, newBuild, sealedLog } from '../../storage/conformance/samples.ts';
import { openSqliteStores, type SqliteStores } from '../../storage/sqlite/stores.ts';

const clock = createSystemClock();
const wantedBytes = Number(process.argv[2] ?? 1024) * 1024 ** 2;
const dir = await mkdtemp(join(tmpdir(), 'croft-backup-bench-'));
const croft = join(import.meta.dir, '..', '..', 'edge', 'cli', 'main.ts');

try {
  const stores = await openSqliteStores({ file: join(dir, 'croft.db'), clock, log: silentLog });
  await joinMachine(stores.machines, 'm1');
  await fillUp(stores);
  const idle = await writeUntil(stores, 'before', clock.sleep(5_000));
  const startedAt = clock.monotonic();
  const backup = Bun.spawn([process.execPath, croft, 'backup', '--data', dir, join(dir, 'copy'), '--json'], {
    stdout: 'ignore',
    stderr: 'inherit',
  });
  const busy = await writeUntil(stores, 'during', backup.exited);
  const seconds = (clock.monotonic() - startedAt) / 1_000;
  const after = await writeUntil(stores, 'after', clock.sleep(5_000));
  const mib = (await stat(join(dir, 'croft.db'))).size / 1024 ** 2;
  process.stdout.write(
    `database ${mib.toFixed(0)} MiB, backup ${seconds.toFixed(1)} s, exit ${backup.exitCode}\n`,
  );
  process.stdout.write(
    `result writes before: ${idle}\nresult writes during: ${busy}\nresult writes after:  ${after}\n`,
  );
  await timed('fsck beside the writer', ['fsck', '--data', dir, '--json']);
  await timed('restore', ['restore', join(dir, 'copy'), '--to', join(dir, 'again'), '--json']);
  await stores.close();
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function timed(what: string, args: readonly string[]): Promise<void> {
  const startedAt = clock.monotonic();
  const child = Bun.spawn([process.execPath, croft, ...args], { stdout: 'ignore', stderr: 'inherit' });
  const code = await child.exited;
  const mib = ((child.resourceUsage()?.maxRSS ?? 0) / 1024 ** 2).toFixed(0);
  const seconds = ((clock.monotonic() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(`${what}: ${seconds} s, ${mib} MiB, exit ${code}\n`);
}

async function fillUp(stores: SqliteStores): Promise<void> {
  const data = crypto.getRandomValues(new Uint8Array(60_000));
  const count = Math.ceil(wantedBytes / 64_000);
  for (let i = 0; i < count; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, k) => one(stores, `fill${i + k}`, k, data)));
  }
}

async function one(stores: SqliteStores, id: string, slot: number, data: Uint8Array): Promise<void> {
  const { builds } = stores;
  await builds.create([newBuild(id)]);
  await builds.claim(claimOf(id, `a-${id}`, { slot }));
  await builds.appendJournal([entry(`a-${id}`, 1)]);
  const log = sealedLog(`a-${id}`, { content: { kind: 'inline', data } });
  await builds.endAttempt(endOf(id, `a-${id}`, { log, artifacts: [], journal: [] }));
}

/** Eight chains of whole builds, until `end`; the times of their four writes. */
async function writeUntil(stores: SqliteStores, name: string, end: Promise<unknown>): Promise<string> {
  const times: number[] = [];
  let isOver = false;
  void end.then(() => {
    isOver = true;
  });
  const data = new Uint8Array(500);
  const chain = async (slot: number): Promise<void> => {
    for (let i = 0; !isOver; i++) {
      const at = clock.monotonic();
      await one(stores, `${name}-${slot}-${i}`, 200 + slot, data);
      times.push((clock.monotonic() - at) / 4);
    }
  };
  const startedAt = clock.monotonic();
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(chain));
  const seconds = (clock.monotonic() - startedAt) / 1_000;
  times.sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(1);
  return `${((4 * times.length) / seconds).toFixed(0)}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`;
}
