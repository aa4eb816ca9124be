/** A farm with work, as the real Prometheus and its linter see it. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';
import { freePort } from '../tools/free-port.ts';
import { prometheus, promtool, run, testWith } from './tools.ts';

const dir = mkdtempSync(join(tmpdir(), 'croft-metrics-'));
let farm: TestFarm;

beforeAll(async () => {
  const repository = makeRepository(join(dir, 'repo'));
  repository.commit({ 'a.txt': 'a' }, 'The first commit');
  farm = await startFarm(
    configFor(repository.dir, [
      { name: 'good', hostType: 'local', steps: ['echo hello'] },
      { name: 'bad', hostType: 'local', steps: ['false'] },
    ]),
  );
  await farm.startAgent('one');
  await until('both builds are finished', async () => {
    const builds = await farm.api.builds();
    return builds.length === 2 && builds.every(({ endedAt }) => endedAt !== null);
  });
  // A verdict is stored, and so can be asked for, a moment before it is counted.
  await until('both verdicts are counted', async () => {
    const text = await scrape();
    return (
      (text.match(/^croft_builds_total\{.* 1$/gm) ?? []).length === 2 && /^croft_data_disk_free/m.test(text)
    );
  });
});
afterAll(async () => {
  await farm?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const scrape = async () => await (await farm.api.request('GET', '/metrics')).text();

test('what happened is in the metrics', async () => {
  await farm.api.request('GET', '/api/v1/builds/nothing');
  const answer = await farm.api.request('GET', '/metrics');
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const text = await answer.text();
  for (const line of [
    /^croft_builds_total\{outcome="passed",blame="none",class="[a-z-]+"\} 1$/m,
    /^croft_builds_total\{outcome="failed",blame="change",class="[a-z-]+"\} 1$/m,
    /^croft_attempts_total\{outcome="failed",blame="change"\} 1$/m,
    /^croft_placements_total\{class="[a-z-]+",host_type="local"\} \d+$/m,
    /^croft_machines\{host_type="local",state="ready"\} 1$/m,
    /^croft_agent_links 1$/m,
    /^croft_log_bytes_total [1-9]\d*$/m,
    /^croft_database_commit_seconds_count [1-9]\d*$/m,
    /^croft_database_sync_seconds_count [1-9]\d*$/m,
    /^croft_git_fetch_seconds_count [1-9]\d*$/m,
    /^croft_git_fetch_errors_total 0$/m,
    /^croft_blob_operation_seconds_count\{operation="put"\} [1-9]\d*$/m,
    /^croft_data_disk_free_bytes [1-9]/m,
    /^croft_health_check_status\{check="database"\} 0$/m,
    /^croft_http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/builds\/:id",status="4xx"\} 1$/m,
  ]) {
    expect(text).toMatch(line);
  }
});

testWith(promtool, 'promtool')('promtool finds nothing to say of the metrics', async () => {
  expect(await run([promtool ?? '', 'check', 'metrics'], await scrape())).toEqual({ code: 0, text: '' });
});

testWith(prometheus, 'prometheus')(
  'the real Prometheus scrapes and answers for the farm',
  async () => {
    const port = await freePort();
    const config = {
      global: { scrape_interval: '1s' },
      scrape_configs: [
        { job_name: 'croft', static_configs: [{ targets: [new URL(farm.url).host] }], scrape_timeout: '1s' },
      ],
    };
    writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify(config));
    const server = Bun.spawn(
      [
        prometheus ?? '',
        `--config.file=${join(dir, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(dir, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdout: 'ignore', stderr: 'ignore' },
    );
    try {
      const value = async (query: string) => {
        const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
        const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
        if (answer === null || !answer.ok) return null;
        const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
        return body.data.result[0]?.value[1] ?? null;
      };
      await until('Prometheus has scraped', async () => (await value('up{job="croft"}')) === '1', 30_000);
      expect(await value('sum(croft_builds_total)')).toBe('2');
      expect(await value('croft_agent_links')).toBe('1');
    } finally {
      server.kill('SIGKILL');
      await server.exited;
    }
  },
  60_000,
);
