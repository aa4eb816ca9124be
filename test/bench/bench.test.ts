/** Every script of this folder still runs, with a few of everything; no time is asserted. */
import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchReport, type Figure, markdown, meetsAim, quantile, ratio } from './figures.ts';
import { benchHelp, measurements, readOptions } from './options.ts';

const figure: Figure = {
  name: 'latency',
  unit: 'ms',
  better: 'lower',
  aim: 20,
  values: { Croft: 5, Buildbot: 50 },
  note: 'A note.',
};

test('a ratio says how many times better Croft is, whichever way is better', () => {
  expect(ratio(figure, 'Buildbot')).toBe(10);
  expect(ratio({ ...figure, better: 'higher' }, 'Buildbot')).toBe(0.1);
  expect(ratio(figure, 'upstream')).toBeNull();
  expect(meetsAim(figure)).toBe(true);
  expect(meetsAim({ ...figure, better: 'higher' })).toBe(false);
  expect(meetsAim({ ...figure, aim: null })).toBeNull();
});

test('a quantile is a sample: the nearest rank', () => {
  expect([0, 0.5, 0.99, 1].map((share) => quantile([3, 1, 2], share))).toEqual([1, 2, 3, 3]);
  expect(quantile([], 0.5)).toBeNaN();
});

test('the table names what is missing and gives each note once', () => {
  const report: BenchReport = {
    surroundings: {
      processor: 'a processor',
      cores: 2,
      memoryGb: 8,
      startedAt: '2026-01-01T00:00:00.000Z',
      load: [0, 1],
      minutes: 2,
      versions: { bun: '1' },
    },
    figures: [figure, { ...figure, name: 'again' }],
    missing: ['upstream: not there'],
  };
  const text = markdown(report);
  expect(text).toContain('| latency [1] | 5 ms | ≤ 20 ms ✓ | 50 ms | 10× |  |  |');
  expect(text).toContain('**Not measured:** upstream: not there');
  expect(text.match(/A note\./g)).toHaveLength(1);
});

test('options: a name that is no measurement is refused with all that are', () => {
  expect(() => readOptions(['--only', 'speed'])).toThrow(measurements.join(', '));
  expect([...readOptions(['--only', 'builds']).only]).toEqual(['builds']);
  expect(readOptions([]).only.size).toBe(measurements.length);
  for (const name of measurements) expect(benchHelp).toContain(name);
});

test('the benchmark of the farm runs, without peers', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'croft-bench-test-'));
  try {
    await run('farm.ts', '--tiny', '--alone', '--out', dir);
    const report = JSON.parse(readFileSync(join(dir, 'bench.json'), 'utf8')) as BenchReport;
    const names = report.figures.map(({ name }) => name);
    expect(names).toHaveLength(new Set(names).size);
    for (const { values } of report.figures) expect(values.Croft).toBeGreaterThanOrEqual(0);
    expect(report.figures.find(({ unit }) => unit === 'of 8')?.values.Croft).toBe(8);
    expect(readFileSync(join(dir, 'bench.md'), 'utf8')).toContain('| figure | Croft |');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 120_000);

async function run(script: string, ...args: string[]): Promise<void> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${script} ended with ${child.exitCode}:\n${out}${err}`);
}
