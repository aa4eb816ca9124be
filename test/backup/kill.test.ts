/** Backups and restores that die at any moment. */
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { restore } from '../../storage/backup/restore.ts';
import { openDataFolder } from '../../storage/data-folder.ts';
import { fill, openKept } from '../retention/farm.ts';

let root = '';
let data = '';
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'croft-backup-kill-'));
  data = join(root, 'data');
  await mkdir(data);
  const { stores, blobs } = await openKept(data);
  await fill(stores, blobs, 30);
  await stores.close();
  writeFileSync(join(data, 'admin-token'), 'croft_admin_x\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** True when it came to its end. */
async function killedAfter(ms: number, what: string, from: string, to: string): Promise<boolean> {
  const fixture = join(import.meta.dir, 'kill-fixture.ts');
  const child = Bun.spawn([process.execPath, fixture, what, from, to], { stdout: 'pipe', stderr: 'inherit' });
  const reader = child.stdout.getReader();
  let said = new TextDecoder().decode((await reader.read()).value);
  const killer = setTimeout(() => child.kill('SIGKILL'), ms);
  said += new TextDecoder().decode((await reader.read()).value);
  await child.exited;
  clearTimeout(killer);
  return said.includes('done');
}

test('a backup that is killed leaves nothing under its name, and the next one clears up', async () => {
  const to = join(root, 'copy');
  let rounds = 0;
  for (let isDone = false; !isDone; rounds++) {
    expect(existsSync(to)).toBe(false);
    isDone = await killedAfter(10 * rounds, 'backup', data, to);
    // Killed between its last rename and its last word.
    if (!isDone && existsSync(to)) break;
  }
  expect(rounds).toBeGreaterThan(1);
  const clock = createSystemClock();
  const { signal } = new AbortController();
  await restore({
    from: to,
    dir: join(root, 'new'),
    force: false,
    clock,
    signal,
    onProgress: () => undefined,
  });
  expect(readdirSync(data).filter((name) => name.startsWith('.backup-')).length).toBeLessThanOrEqual(1);
}, 60_000);

test('a restore that is killed leaves the old folder, or one that no coordinator takes, and loses nothing', async () => {
  const copy = join(root, 'copy.tar');
  expect(await killedAfter(60_000, 'backup', data, copy)).toBe(true);
  const dir = join(root, 'old');
  await mkdir(dir);
  writeFileSync(join(dir, 'precious'), 'x');
  writeFileSync(join(dir, 'admin-token'), 'old\n');
  let rounds = 0;
  for (let isDone = false; !isDone; rounds++) {
    isDone = await killedAfter(8 * rounds, 'restore', copy, dir);
    const aside = readdirSync(dir).filter((name) => name.startsWith('.before-restore-'));
    const places = [dir, ...aside.map((name) => join(dir, name))];
    expect(places.filter((place) => existsSync(join(place, 'precious')))).toHaveLength(1);
    const open = () => openDataFolder(dir, { pid: 1, newToken: () => 't', isCoordinator: () => false });
    const isUnfinished = existsSync(join(dir, 'restore-unfinished'));
    if (isUnfinished) expect(open).toThrow('run croft restore once more');
    else if (!isDone)
      expect(readFileSync(join(dir, 'admin-token'), 'utf8')).toBeOneOf(['old\n', 'croft_admin_x\n']);
  }
  expect(rounds).toBeGreaterThan(1);
  expect(readFileSync(join(dir, 'admin-token'), 'utf8')).toBe('croft_admin_x\n');
  const { stores } = await openKept(dir);
  expect((await stores.builds.build('b0'))?.state).toBe('passed');
  await stores.close();
}, 60_000);
