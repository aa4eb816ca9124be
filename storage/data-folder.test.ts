import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from './data-folder.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'croft-data-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const alive = { pid: 10, newToken: () => 'secret-1', isCoordinator: () => true };

test('the admin token is made once and only its owner can read it', () => {
  expect(openDataFolder(dir, alive).adminToken).toBe('secret-1');
  expect(statSync(join(dir, 'admin-token')).mode & 0o777).toBe(0o600);
  expect(openDataFolder(dir, { ...alive, newToken: () => 'secret-2' }).adminToken).toBe('secret-1');
});

test('a second coordinator is refused while the first one runs, and told whose folder it is', () => {
  openDataFolder(dir, alive);
  expect(() => openDataFolder(dir, { ...alive, pid: 11 })).toThrow('process id 10');
});

test('the folder of a coordinator that died is taken over', () => {
  openDataFolder(dir, alive);
  const next = openDataFolder(dir, { ...alive, pid: 11, isCoordinator: () => false });
  next.announce({ url: 'http://localhost:1', port: 1 });
  next.release();
  expect(existsSync(join(dir, 'coordinator.pid'))).toBe(false);
  expect(existsSync(join(dir, 'coordinator.json'))).toBe(false);
});

test('release leaves what another coordinator wrote meanwhile', () => {
  const first = openDataFolder(dir, alive);
  writeFileSync(join(dir, 'coordinator.pid'), '12\n');
  first.release();
  expect(existsSync(join(dir, 'coordinator.pid'))).toBe(true);
});

test('a torn or empty token file is replaced, a torn pid file is nobody', () => {
  writeFileSync(join(dir, 'admin-token'), '');
  writeFileSync(join(dir, 'coordinator.pid'), 'x');
  expect(openDataFolder(dir, alive).adminToken).toBe('secret-1');
});
