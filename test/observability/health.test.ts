/** Health and the log of real coordinators in trouble. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Health, HealthHistory } from '../../edge/api/model.ts';
import { type ApiUnderTest, adminToken, startApi } from '../api/harness.ts';
import { configFor, startFarm } from '../farm/farm.ts';
import { root, until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';

const dir = mkdtempSync(join(tmpdir(), 'croft-health-'));
let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
  await until('health has looked around', async () => (await history()).items.length > 0);
});
afterAll(async () => {
  await api?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const history = async () => (await (await api.send('GET', '/api/v1/health/history')).json()) as HealthHistory;

async function health(token: string | null = adminToken): Promise<{ status: number; body: Health }> {
  const answer = await api.send('GET', '/healthz', { token });
  return { status: answer.status, body: (await answer.json()) as Health };
}

function linesOf(file: string): readonly Readonly<Record<string, unknown>>[] {
  // The last line may be half written.
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines
    .filter((line) => !line.startsWith('Croft coordinator is at'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const check = (body: Health, name: string) => body.checks.find((one) => one.name === name);

test('a farm that is well answers 200 with every check, since when, and an hour of figures', async () => {
  const { status, body } = await health();
  expect([status, body.status, body.ok]).toEqual([200, 'ok', true]);
  for (const name of ['database', 'blob store', 'disk room', 'git', 'scheduler', 'event loop', 'coordinator'])
    expect(check(body, name)).toMatchObject({ status: 'ok', level: 'ok', since: expect.any(String) });
  expect(check(body, 'git')?.message).toMatch(/^Version \d+\.\d+/);
  expect((await history()).items[0]).toMatchObject({
    waiting: expect.any(Number),
    loopLagMs: expect.any(Number),
  });
});

test('a database that refuses writes until a restart is failing: 503, in metrics too', async () => {
  const { database } = api.storage.probes;
  const { refusal } = database;
  const refused = { since: api.clock.now(), message: 'The disk of the database did not take a sync' };
  Object.assign(database, { refusal: () => refused });
  try {
    const { status, body } = await health();
    expect([status, body.status, body.ok]).toEqual([503, 'failing', false]);
    expect(check(body, 'database')?.message).toBe(
      'Every write is refused since a sync of the disk failed, and until the coordinator is started again: The disk of the database did not take a sync',
    );
    const metrics = await (await api.send('GET', '/metrics')).text();
    expect(metrics).toContain('\ncroft_health_status 2\n');
    expect(metrics).toContain('\ncroft_database_refuses_writes 1\n');
    expect(metrics).toContain('\ncroft_health_check_status{check="database"} 2\n');
  } finally {
    Object.assign(database, { refusal });
  }
  expect((await health()).status).toBe(200);
});

test('a git that is too old is refused at the start, in one line', async () => {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), '#!/bin/sh\necho git version 2.20.1\n');
  chmodSync(join(bin, 'git'), 0o755);
  const child = Bun.spawn(
    [process.execPath, join(root, 'core/main.ts'), '--data', join(dir, 'old-git'), '--port', '0'],
    { env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` }, stdout: 'ignore', stderr: 'pipe' },
  );
  const text = await new Response(child.stderr).text();
  expect(await child.exited).toBe(1);
  expect(text.split('\n').filter((line) => line.startsWith('croft: '))).toEqual([
    'croft: git 2.20.1 is too old: Croft needs git 2.31 or newer',
  ]);
});

test('the log of a farm is lines of JSON whose ids have the same names everywhere; a level leaves the rest out', async () => {
  const repository = makeRepository(join(dir, 'repo'));
  repository.commit({ 'a.txt': 'a' }, 'The first commit');
  const config = configFor(repository.dir, [{ name: 'b', hostType: 'local', steps: ['true'] }]);
  for (const level of ['info', 'warn'] as const) {
    const farm = await startFarm(config, { coordinatorEnv: { CROFT_LOG_LEVEL: level } });
    try {
      await farm.startAgent('one');
      const [first] = await until('a build is there', async () => {
        const builds = await farm.api.builds();
        return builds.length > 0 ? builds : null;
      });
      const build = await farm.api.finished(first?.id ?? '');
      const expected = level === 'info' ? ['build.attempt-started', 'build.attempt-ended'] : [];
      // The verdict is stored, and so can be asked for, a moment before its line is written.
      const lines = await until('the lines of the build are there', () => {
        const all = linesOf(farm.coordinator.logFile);
        return all.filter((line) => line['build'] === build.id).length >= expected.length ? all : null;
      });
      const ofBuild = lines.filter((line) => line['build'] === build.id);
      expect(ofBuild.map((line) => line['event'])).toEqual(expected);
      const [attempt] = build.attemptList;
      for (const line of ofBuild) {
        expect(line).toMatchObject({
          level: 'info',
          attempt: attempt?.id,
          machine: attempt?.machine.id,
          lease: expect.stringMatching(/^lse_/),
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        });
      }
      if (level === 'warn') expect(lines.filter((line) => line['level'] === 'info')).toEqual([]);
    } finally {
      await farm.stop();
    }
  }
}, 60_000);
