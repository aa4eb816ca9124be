import { afterAll, beforeAll, expect, test } from 'bun:test';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFor, startFarm, type TestFarm } from './farm.ts';
import { startProgram, until } from './processes.ts';
import { makeRepository } from './repository.ts';

let farm: TestFarm;
const scratch = mkdtempSync(join(tmpdir(), 'croft-identity-'));

beforeAll(async () => {
  const repository = makeRepository(join(scratch, 'repo'));
  repository.commit({ 'README.md': 'hello' });
  farm = await startFarm(configFor(repository.dir, [{ name: 'b', hostType: 'local', steps: ['true'] }]));
}, 60_000);
afterAll(async () => {
  await farm.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function agent(name: string, token: string, dir = join(scratch, name)) {
  return startProgram({
    name,
    script: 'agent/main.ts',
    args: ['--coordinator', farm.url, '--dir', dir, '--name', name, '--host-type', 'local', '--slots', '1'],
    env: token === '' ? {} : { CROFT_JOIN_TOKEN: token },
    logFile: join(scratch, `${name}.log`),
  });
}

test('a join token joins one machine; a second one is refused and told why', async () => {
  const { token } = await farm.api.post<{ token: string }>('/api/v1/join-tokens', { hostType: 'local' });
  const first = agent('one', token);
  await first.printed(/connected to/);
  const second = agent('two', token);
  await second.printed(/used already/);
  expect(await second.exited).not.toBe(0);
  await first.kill();
}, 60_000);

test('a token for another host type is refused', async () => {
  const { token } = await farm.api
    .post<{ token: string }>('/api/v1/join-tokens', { hostType: 'other' })
    .catch(() => ({ token: 'croft_join_none' }));
  const wrong = agent('wrong', token);
  expect(await wrong.exited).not.toBe(0);
}, 60_000);

test('a revoked key is refused for good', async () => {
  const revoked = await farm.startAgent('revoked');
  const machine = await until(
    'it is listed',
    async () => (await farm.api.machines()).find((found) => found.name === 'revoked') ?? null,
  );
  await farm.api.post(`/api/v1/machines/${machine.id}/revoke`);
  expect(await Promise.race([revoked.exited, Bun.sleep(20_000).then(() => 'still there')])).not.toBe(
    'still there',
  );
  const again = agent('revoked-again', '', join(farm.dir, 'agents', 'revoked'));
  await again.printed(/revoked/);
  expect(await again.exited).not.toBe(0);
}, 60_000);

test('two agents with one identity: the newer wins, and neither harms the other folder', async () => {
  const first = await farm.startAgent('twin');
  const copy = join(scratch, 'twin-copy');
  cpSync(join(farm.dir, 'agents', 'twin'), copy, {
    recursive: true,
    filter: (source) => !/\.lock$|lock$|\.pid$/.test(source),
  });
  const second = agent('twin', '', copy);
  await second.printed(/connected to/);
  await until(
    'one machine of that name is listed',
    async () => (await farm.api.machines()).filter((found) => found.name === 'twin').length === 1,
  );
  await Promise.all([first.kill(), second.kill()]);
}, 60_000);

test('a second coordinator on one data folder is refused and told whose it is', async () => {
  const second = startProgram({
    name: 'second',
    script: 'core/main.ts',
    args: ['--data', join(farm.dir, 'data'), '--config', join(farm.dir, 'farm.config.json'), '--port', '0'],
    logFile: join(scratch, 'second.log'),
  });
  await second.printed(/belongs to the coordinator|process id/);
  expect(await second.exited).not.toBe(0);
  expect((await farm.api.request('GET', '/healthz')).status).toBe(200);
}, 60_000);

test('nothing acts without an identity', async () => {
  for (const [path, body] of [
    ['/api/v1/builds', { repo: 'project', commit: 'main', builder: 'b' }],
    ['/api/v1/join-tokens', {}],
    ['/hooks/git', {}],
  ] as const) {
    const answer = await fetch(`${farm.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(401);
  }
});
