/** The pages on a real farm: a coordinator, an agent, a git repository, and a browser. Nothing stands in for anything. */
import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { exportPages } from '../../edge/pages/index.ts';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { makeRepository, type TestRepository } from '../farm/repository.ts';
import { chromiumPath, launchChromium } from './chromium.ts';
import { browserTest, expectNoTrouble, type OpenOptions, openPage } from './harness.ts';

const executable = chromiumPath();
if (executable === null) {
  process.stderr.write(
    'SKIPPED the pages on a real farm: no Chromium here; set CROFT_CHROMIUM to the path of one\n',
  );
}

/** Prints a line, waits for the file that the test makes, and goes on. */
const check = `
const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
console.log('\\u001b[32mbegun\\u001b[0m <b>not bold</b>');
mkdirSync('out', { recursive: true });
writeFileSync('out/result.txt', 'kept');
const wait = setInterval(() => {
  if (!existsSync(process.env.GO_ON)) return;
  clearInterval(wait);
  console.log('went on');
  if (process.env.CROFT_BUILDER === 'broken') { console.error('Error: it is broken'); process.exit(3); }
}, 50);
`;

describe.skipIf(executable === null)('the pages on a real farm', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'croft-browser-'));
  const goOn = join(scratch, 'go-on');
  let browser: Browser;
  let farm: TestFarm;
  let repository: TestRepository;

  const builder = (name: string, file: string) => ({
    name,
    hostType: 'local',
    steps: ['node check.js'],
    env: { GO_ON: file },
    artifacts: ['out/*'],
  });

  beforeAll(async () => {
    repository = makeRepository(join(scratch, 'repo'));
    repository.commit({ 'check.js': check }, 'a first commit <script>window.hacked=1</script>');
    const builders = [
      builder('fine', goOn),
      builder('broken', goOn),
      builder('stuck', join(scratch, 'never')),
    ];
    [farm, browser] = await Promise.all([
      startFarm(configFor(repository.dir, builders)),
      launchChromium(executable ?? ''),
    ]);
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await farm?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  function open(hash: string, options: OpenOptions = {}): Promise<Page> {
    const token = readFileSync(join(farm.dir, 'data', 'admin-token'), 'utf8').trim();
    return openPage(browser, farm.url, hash, { token, ...options });
  }

  browserTest(
    'from an empty farm to a machine, a running build, and its verdict, without a reload',
    async () => {
      const page = await open('#grid', { until: '.grid-link' });
      expect(await page.locator('.mark-waiting').count()).toBe(3);
      await farm.startAgent('worker', { slots: 3 });
      await page.locator('.grid-link.mark-running').first().waitFor();
      await page.locator('.grid-builder', { hasText: 'fine' }).waitFor();
      await page.getByRole('link', { name: /^fine: running/ }).click();
      await page.getByText('begun <b>not bold</b>').waitFor();
      expect(await page.locator('.log-text .fg-green').first().textContent()).toBe('begun');
      await Bun.write(goOn, '');
      await page.locator('h1 .state-passed').waitFor();
      await page.getByText('went on').waitFor();
      expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
      expectNoTrouble(page);
      await page.context().close();
    },
  );

  browserTest('a red build names its problem, keeps its files, and can be built again', async () => {
    const page = await open('#builds?state=failed', { until: '.build-row' });
    await page.getByRole('link', { name: 'broken' }).click();
    await page.locator('h1 .state-failed').waitFor();
    await page.locator('.problem-text', { hasText: 'it is broken' }).waitFor();
    await page.keyboard.press('e');
    await page.locator('.log-line.is-chosen').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('went on');
    await page.locator('.log-line.is-chosen mark', { hasText: 'went on' }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Raw').click()]);
    expect(readFileSync((await download.path()) ?? '', 'utf8')).toContain('Error: it is broken');
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('a retry').waitFor();
    await page.locator('h1 .state-failed').waitFor();
    expectNoTrouble(page);
    await page.context().close();
  });

  browserTest('what passed has its files to take away', async () => {
    const page = await open('#builds?state=passed', { until: '.build-row' });
    await page.getByRole('link', { name: 'fine' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.artifacts a', { hasText: 'result.txt' }).click(),
    ]);
    expect(readFileSync((await download.path()) ?? '', 'utf8')).toBe('kept');
    await page.context().close();
  });

  browserTest('a build that is stuck is cancelled, a machine is drained and takes work again', async () => {
    const page = await open('#builds?state=running', { until: '.build-row' });
    await page.getByRole('link', { name: 'stuck' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel the build' }).click();
    await page.locator('h1 .state-cancelled').waitFor();
    await page.locator('.facts a', { hasText: 'worker' }).click();
    await page.getByRole('button', { name: 'Drain' }).click();
    await page.locator('h1 .machine-draining').waitFor();
    await page.getByRole('button', { name: 'Take work again' }).click();
    await page.locator('h1 .machine-idle').waitFor();
    await page.locator('.history').getByText('draining', { exact: true }).waitFor();
    expectNoTrouble(page);
    await page.context().close();
  });

  browserTest('exported pages read the farm from another web server', async () => {
    const site = join(scratch, 'site');
    await exportPages(site, { apiUrl: farm.url });
    const files = Bun.serve({
      port: 0,
      fetch: (request) =>
        new Response(Bun.file(join(site, new URL(request.url).pathname.replace(/\/$/, '/index.html')))),
    });
    try {
      const page = await openPage(browser, `http://localhost:${files.port}`, '#builds', {
        until: '.build-row',
      });
      await page.locator('.live-live').waitFor();
      await page.getByRole('link', { name: 'fine' }).first().click();
      await page.locator('.log-line').first().waitFor();
      expect(await page.getByText('Raw').getAttribute('href')).toStartWith(farm.url);
      expectNoTrouble(page);
      await page.context().close();
    } finally {
      await files.stop(true);
    }
  });

  browserTest('every page reads the real farm without a complaint', async () => {
    for (const [hash, text] of [
      ['#queue', 'Nothing waits'],
      ['#pools', 'worker'],
      ['#machines', 'worker'],
      ['#health', 'Farm health'],
      ['#settings', 'Access tokens'],
      [`#commit/project/${repository.git('rev-parse', 'HEAD')}`, 'a first commit'],
    ] as const) {
      const page = await open(hash);
      await page.locator('main').getByText(text).first().waitFor();
      expectNoTrouble(page);
      await page.context().close();
    }
  });
});
