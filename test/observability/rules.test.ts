/** The alert rules and the dashboard in `env` speak of metrics that there are, and the rules do what they say. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiUnderTest, startApi } from '../api/harness.ts';
import { promtool, run, testWith } from './tools.ts';

const env = join(import.meta.dir, '..', '..', 'env');
const rules = join(env, 'alerts', 'croft.rules.yml');
const dashboard = join(env, 'grafana', 'croft.json');

let api: ApiUnderTest;
/** What `/metrics` has, with the lines that a histogram is made of. */
let there: ReadonlySet<string>;

beforeAll(async () => {
  api = await startApi();
  const text = await (await api.send('GET', '/metrics')).text();
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  there = new Set(names);
});
afterAll(() => api.stop());

function metricsIn(text: string): readonly string[] {
  return [...new Set(text.match(/\b(?:croft|process)_[a-z_]+\b/g) ?? [])];
}

interface Panel {
  readonly targets?: readonly { readonly expr: string }[];
}

function expressionsOfDashboard(): readonly string[] {
  const { panels } = JSON.parse(readFileSync(dashboard, 'utf8')) as { readonly panels: readonly Panel[] };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

test('every metric of the alert rules exists', () => {
  const expressions = readFileSync(rules, 'utf8').replaceAll(/^ *(?:summary|description):.*$/gm, '');
  const named = metricsIn(expressions);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !there.has(name))).toEqual([]);
});

test('every metric of the dashboard exists', () => {
  const named = metricsIn(readFileSync(dashboard, 'utf8'));
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !there.has(name))).toEqual([]);
});

test('whatever the farm tells is on the dashboard or in a rule', () => {
  const text = expressionsOfDashboard().join('\n') + readFileSync(rules, 'utf8');
  const leftOut = [
    // For people who ask: who runs what, and one line for each check.
    'croft_build_info',
    'croft_health_check_status',
    'process_open_fds',
    'process_start_time_seconds',
  ];
  const silent = [...there].filter(
    (name) => !/_(?:sum|count)$/.test(name) && !metricsIn(text).includes(name) && !leftOut.includes(name),
  );
  expect(silent).toEqual([]);
});

testWith(promtool, 'promtool')('promtool accepts the rules and their tests', async () => {
  expect(await run([promtool ?? '', 'check', 'rules', rules])).toMatchObject({ code: 0 });
  const tests = join(env, 'alerts', 'croft.rules.test.yml');
  expect(await run([promtool ?? '', 'test', 'rules', tests])).toMatchObject({ code: 0 });
});

testWith(promtool, 'promtool')('promtool can read every expression of the dashboard', async () => {
  const rulesOf = expressionsOfDashboard().map((expr, index) => ({
    record: `panel:${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const file = join(tmpdir(), `croft-dashboard-${process.pid}.rules.yml`);
  await Bun.write(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: rulesOf }] }));
  const checked = await run([promtool ?? '', 'check', 'rules', file]);
  rmSync(file);
  expect(checked).toMatchObject({ code: 0 });
});
