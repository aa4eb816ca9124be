/** Remotes over HTTP: passwords, silence, and what happens when somebody loses patience. */
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { isFarmError } from '../../agent/wire/farm-error.ts';
import { type Mirrors, openGitMirrors } from './mirrors.ts';
import { startTestGitServer, type TestGitServer } from './testing/http-server.ts';
import { makeTestRepo } from './testing/repo.ts';

let dir: string;
let server: TestGitServer;
let mirrors: Mirrors;

function openMirrors(): Promise<Mirrors> {
  return openGitMirrors({
    dir: join(dir, 'mirrors'),
    environment: { PATH: process.env['PATH'] },
    clock: createSystemClock(),
    log: silentLog,
  });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-git-'));
  server = startTestGitServer(dir);
  mirrors = await openMirrors();
});
afterEach(async () => {
  await mirrors.close();
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const urlOf = (path: string, credentials = '') => `http://${credentials}127.0.0.1:${server.port}/${path}`;

/** Command lines of running processes that belong to this test. */
async function running(): Promise<string[]> {
  const lines: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // A process may end while it is looked at.
    const [line, environment] = await Promise.all(
      ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
    );
    if (line?.includes('git') && !line.includes('fixture') && environment?.includes(dir))
      lines.push(line.replaceAll('\0', ' '));
  }
  return lines;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await condition()) return;
    await Bun.sleep(10);
  }
  throw new Error('It did not come about');
}

test('a password in the URL opens the door and is seen nowhere', async () => {
  const origin = await makeTestRepo(join(dir, 'origin'));
  const hash = origin.commit('first');
  const url = urlOf('origin/.git', 'ann:s3cret!@');
  await mirrors.update({ name: 'croft', url });
  await mirrors.update({ name: 'croft', url });
  expect(await mirrors.heads('croft')).toEqual([{ branch: 'main', hash }]);
  expect(await mirrors.defaultBranch({ name: 'croft', url })).toBe('main');
  const config = await readFile(join(dir, 'mirrors/croft.git/config'), 'utf8');
  expect(config).not.toContain('s3cret');
});

test('a missing or wrong password is told at once, without asking anybody and without the password', async () => {
  await makeTestRepo(join(dir, 'origin'));
  for (const credentials of ['', 'ann:wr0ng!@']) {
    const error = await mirrors
      .update({ name: 'croft', url: urlOf('origin/.git', credentials) })
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'source_unavailable', blame: 'outside' });
    expect(isFarmError(error) && error.message).toContain(`"croft" from http://127.0.0.1:${server.port}`);
    expect(isFarmError(error) && error.message).not.toContain('wr0ng');
  }
});

test('what is not there, and nobody who answers, is told in git’s words', async () => {
  const missing = mirrors.update({ name: 'croft', url: urlOf('none', 'ann:s3cret!@') });
  await expect(missing).rejects.toMatchObject({ message: expect.stringMatching(/not found|403|404/) });
  const dead = mirrors.update({ name: 'croft', url: 'http://127.0.0.1:1/x' });
  await expect(dead).rejects.toMatchObject({ message: expect.stringMatching(/Failed to connect|refused/) });
});

test('an abort ends git and all that it started, and tells the reason', async () => {
  const aborting = new AbortController();
  const reason = new Error('the configuration changed');
  const updating = mirrors.update({ name: 'croft', url: urlOf('stall') }, aborting.signal);
  updating.catch(() => {});
  await until(() => server.stalled() > 0);
  expect((await running()).some((line) => line.includes('remote-http'))).toBeTrue();
  aborting.abort(reason);
  await expect(updating).rejects.toBe(reason);
  await until(async () => (await running()).length === 0);
});

test('closing ends what is under way', async () => {
  const updating = mirrors.update({ name: 'croft', url: urlOf('stall') });
  updating.catch(() => {});
  await until(() => server.stalled() > 0);
  await mirrors.close();
  await expect(updating).rejects.toMatchObject({ code: 'shutting_down' });
  await until(async () => (await running()).length === 0);
});

test('a git that a killed coordinator left behind is ended by the next one', async () => {
  await mirrors.close();
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'orphan-fixture.ts'), join(dir, 'mirrors'), urlOf('stall')],
    { env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  await until(() => server.stalled() > 0);
  child.kill('SIGKILL');
  await child.exited;
  expect((await running()).length).toBeGreaterThan(0);
  mirrors = await openMirrors();
  await until(async () => (await running()).length === 0);
  const origin = await makeTestRepo(join(dir, 'origin'));
  origin.commit('first');
  await mirrors.update({ name: 'croft', url: origin.dir });
  expect(await mirrors.heads('croft')).toHaveLength(1);
});
