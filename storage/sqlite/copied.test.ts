import { expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { openSqliteStores } from './stores.ts';

const copies = 5;

test('a database that is copied while it is written opens, and holds whole transactions only', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'croft-copied-'));
  const file = join(dir, 'live', 'croft.db');
  mkdirSync(join(dir, 'live'));
  const writer = spawn(process.execPath, [join(import.meta.dir, 'crash-fixture.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const acknowledged = createInterface({ input: writer.stdout })[Symbol.asyncIterator]();
    for (let copy = 0; copy < copies; copy++) {
      const ended: string[] = [];
      for (let i = 0; i < 200; i++) {
        const { value } = await acknowledged.next();
        if (typeof value === 'string' && value.startsWith('ended ')) ended.push(value.split(' ')[1] ?? '');
      }
      // Wherever it is just now, in the middle of a write most often, as a snapshot of the file system would find it.
      writer.kill('SIGSTOP');
      const copied = copyOf(join(dir, 'live'), join(dir, `copy${copy}`));
      writer.kill('SIGCONT');
      const { builds, close } = await openSqliteStores({
        file: copied,
        clock: createSystemClock(),
        log: silentLog,
      });
      for (const id of ended) expect((await builds.build(id))?.state).toBe('passed');
      // An attempt that runs has its build, and a journal without a gap.
      for (const { attempts, journal } of await builds.unfinished()) {
        const runs = attempts.some(({ state }) => state === 'running');
        expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index));
        expect(journal.length > 0).toBe(runs);
      }
      await close();
    }
  } finally {
    writer.kill('SIGKILL');
    await once(writer, 'close');
    rmSync(dir, { recursive: true, force: true });
  }
}, 30_000);

/** The database and its write-ahead log, without the index that belongs to a process. */
function copyOf(from: string, to: string): string {
  mkdirSync(to);
  for (const name of ['croft.db', 'croft.db-wal']) {
    if (existsSync(join(from, name))) cpSync(join(from, name), join(to, name));
  }
  return join(to, 'croft.db');
}
