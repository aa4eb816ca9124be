/** A real farm whose builder has secrets, and a build that does its best to print them. */
import { afterAll, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';

const scratch = mkdtempSync(join(tmpdir(), 'croft-secrets-'));
const secrets = {
  NPM_TOKEN: 'npm_s3cr3t-0123456789',
  DEPLOY_KEY: '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----\n',
};
/** What must be nowhere: whole secrets, and what of them would be enough to use or to guess. */
const leaks = [
  secrets.NPM_TOKEN,
  'MIIEvQIBADANBgkqhkiG9w0B',
  btoa(secrets.NPM_TOKEN).slice(0, 24),
  'npm_s3cr3t',
  's3cr3t-0123456789',
];
let farm: TestFarm;

afterAll(async () => {
  await farm.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 30_000);

/** Pieces that arrive one by one, with a pause in the middle of a secret in which the coordinator is killed. */
const script = `
echo "value $NPM_TOKEN end"
env | sort
set -x; : "$NPM_TOKEN"; set +x
printf 'npm_s3cr'; touch ${scratch}/half; until test -e ${scratch}/go; do sleep 0.05; done
printf '3t-01234'; sleep 0.1; printf '56789\\n'
printf '%s' "$NPM_TOKEN" | base64
printf '%s' "$DEPLOY_KEY" | sed 's/^/  | /'
echo last line`;

test('secrets of a builder reach its runs, and no log, no answer and no file of the farm', async () => {
  const repository = makeRepository(join(scratch, 'repo'));
  repository.commit({ 'README.md': 'nothing' });
  farm = await startFarm(
    configFor(repository.dir, [
      {
        name: 'release',
        hostType: 'local',
        secrets,
        steps: ['test "$(printf %s "$NPM_TOKEN" | wc -c)" -eq 21', script],
      },
    ]),
  );
  await farm.startAgent('worker');
  const { id } = await until('there is a build', async () => (await farm.api.builds())[0] ?? null);
  await until('half of a secret is printed', () => existsSync(join(scratch, 'half')), 30_000);
  expect(await farm.api.log(id)).not.toContain('npm_s3cr');
  await farm.coordinator.kill();
  await farm.startCoordinator();
  writeFileSync(join(scratch, 'go'), '');
  const build = await farm.api.finished(id, 30_000);
  const log = await farm.api.log(id);
  expect([build.state, log.slice(-2_000)]).toEqual(['passed', expect.stringContaining('last line')]);
  expect(log).toContain(`value ${'*'.repeat(secrets.NPM_TOKEN.length)} end`);
  expect(log).toContain(`${'*'.repeat(secrets.NPM_TOKEN.length)}\n`);
  expect(log).toContain(`  | ${'*'.repeat(24)}\n`);
  const answers = await Promise.all(
    [`builds/${id}`, 'builders', 'farm', `builds/${id}/log/lines?from=1&count=500`].map(async (path) =>
      (await farm.api.request('GET', `/api/v1/${path}`)).text(),
    ),
  );
  for (const leak of leaks)
    expect([leak, log.includes(leak), answers.join('').includes(leak)]).toEqual([leak, false, false]);
  // The agent's spool holds what the run wrote until the lease is cleaned, which is after the verdict.
  await until('the spool is gone', () => filesWith(secrets.NPM_TOKEN).length === 0);
  for (const leak of leaks) expect(filesWith(leak)).toEqual([]);
}, 120_000);

/** Files below the farm's folders that hold this text; the configuration is where it comes from. */
function filesWith(text: string): readonly string[] {
  try {
    const found = execFileSync('grep', ['-rlF', '--exclude=farm.config.json', '--', text, farm.dir], {
      encoding: 'utf8',
    });
    return found.trim().split('\n');
  } catch {
    // grep says by its exit that it found nothing.
    return [];
  }
}
