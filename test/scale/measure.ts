/**
 * Figures of a seeded farm: `bun test/scale/measure.ts DIR [--rounds 20] [--no-browser] [--only TEXT] [--out FOLDER]`. Starts the real
 * coordinator on the data folder, asks for every list and page with usual and with the worst filters, opens the pages in a
 * browser, and writes `scale.md` and `scale.json`. Ends with 1 when an aim is missed.
 */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { chromiumPath, launchChromium } from '../browser/chromium.ts';
import { type Program, startProgram } from '../farm/processes.ts';
import { measurePage, visitedPages } from './browser-figures.ts';
import { type Figures, missedBy, type PageFigures, pageMisses, table } from './figures.ts';
import { askedRoutes, type Known } from './routes.ts';
import { type Client, knownOf, measureRoute } from './server-figures.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '20' },
    'no-browser': { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});
const dir = resolve(positionals[0] ?? '');
const clock = createSystemClock();
const seeded = JSON.parse(readFileSync(join(dir, 'seeded.json'), 'utf8')) as {
  readonly builds: number;
  readonly commits: number;
  readonly logLines: number;
  readonly longLogBuild: string | null;
};
const say = (text: string) => process.stdout.write(`${text}\n`);

function memoryMb(program: Program, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${program.pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024);
}

async function startCoordinator(): Promise<{ program: Program; client: Client; startMs: number }> {
  const began = clock.monotonic();
  const program = startProgram({
    name: 'coordinator',
    script: 'core/main.ts',
    args: ['--data', dir, '--config', join(dir, 'farm.config.json'), '--port', '0'],
    logFile: join(dir, 'coordinator.log'),
  });
  const [, url = ''] = await program.printed(/coordinator is at (\S+)/, 300_000);
  const startMs = Math.round(clock.monotonic() - began);
  const token = readFileSync(join(dir, 'admin-token'), 'utf8').trim();
  return { program, client: { url, token }, startMs };
}

async function measureServer(client: Client, known: Known): Promise<readonly Figures[]> {
  const found: Figures[] = [];
  for (const asked of askedRoutes(known).filter(({ name }) => name.includes(values.only))) {
    const figures = await measureRoute(client, asked, Number(values.rounds));
    say(
      `${missedBy(figures) ? 'MISS' : 'ok  '} ${figures.name.padEnd(44)} p50 ${figures.p50} p95 ${figures.p95} max ${figures.max} ms`,
    );
    found.push(figures);
  }
  return found;
}

async function measureBrowser(client: Client, known: Known): Promise<readonly PageFigures[]> {
  const executable = chromiumPath();
  if (values['no-browser'] || executable === null) return [];
  const browser = await launchChromium(executable);
  const found: PageFigures[] = [];
  try {
    for (const visited of visitedPages(known).filter(({ name }) => name.includes(values.only))) {
      const figures = await measurePage(browser, client, visited);
      say(`${pageMisses(figures).length > 0 ? 'MISS' : 'ok  '} ${JSON.stringify(figures)}`);
      found.push(figures);
    }
  } finally {
    await browser.close();
  }
  return found;
}

const { program, client, startMs } = await startCoordinator();
try {
  const known = await knownOf(client, seeded);
  const memory = {
    startMs,
    startMb: memoryMb(program, 'VmRSS'),
    load: loadavg().map((load) => load.toFixed(1)),
  };
  say(
    `${seeded.builds} builds; ready in ${startMs} ms with ${memory.startMb} MB; load ${memory.load.join(' ')}`,
  );
  const routes = await measureServer(client, known);
  const pages = await measureBrowser(client, known);
  const peakMb = memoryMb(program, 'VmHWM');
  const report = [
    `# Pages at scale`,
    `${seeded.builds} builds of ${seeded.commits} commits; ${cpus().length} processors, load ${memory.load.join(' ')} at the start.`,
    `The coordinator was ready after ${startMs} ms with ${memory.startMb} MB, and took ${peakMb} MB at most.`,
    table(
      ['asked', 'samples', 'p50 ms', 'p95 ms', 'max ms', 'bytes sent'],
      routes.map(({ name, samples, p50, p95, max, bytes }) => [name, samples, p50, p95, max, bytes]),
    ),
    table(
      [
        'page',
        'first paint ms',
        'interactive ms',
        'longest frame ms',
        'frames over 50 ms',
        'heap MB',
        'after scrolling',
      ],
      pages.map((page) => [
        ...[page.name, page.firstPaint, page.interactive, page.longestFrame],
        ...[page.framesOver50, page.heapBefore, page.heapAfter],
      ]),
    ),
  ].join('\n\n');
  const out = resolve(values.out ?? dir);
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'scale.md'), `${report}\n`);
  await writeFile(
    join(out, 'scale.json'),
    `${JSON.stringify({ ...memory, peakMb, routes, pages }, null, 1)}\n`,
  );
  const misses = [
    ...routes.filter(missedBy).map(({ name, p95 }) => `${name}: p95 ${p95} ms`),
    ...pages.flatMap((page) => pageMisses(page).map((miss) => `${page.name}: ${miss}`)),
  ];
  say(`\n${report}\n\n${misses.length === 0 ? 'Every aim is met.' : `Missed:\n${misses.join('\n')}`}`);
  process.exitCode = misses.length === 0 ? 0 : 1;
} finally {
  program.signal('SIGTERM');
  await program.exited;
}
