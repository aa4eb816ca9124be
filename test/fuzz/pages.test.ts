/** Hostile names, messages, output and artifacts in a real browser on a real farm: shown as what they are, never run. */
import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Build } from '../../edge/api/model.ts';
import { chromiumPath, launchChromium } from '../browser/chromium.ts';
import { browserTest, expectNoTrouble, forgetTrouble, openPage } from '../browser/harness.ts';
import { startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { imageTag, makeHostileRepositories, scriptTag } from './hostile-repositories.ts';

const executable = chromiumPath();
if (executable === null) {
  process.stderr.write('SKIPPED hostile pages: no Chromium here; set CROFT_CHROMIUM to the path of one\n');
}

/** Prints what a terminal, a page or a link would act upon, and keeps files that a browser would run. */
const step = `
mkdir out
printf '%s' '<script>document.title="owned";opener=null</script>${imageTag}' > 'out/page.html'
printf '%s' '<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=&quot;owned&quot;"></svg>' > 'out/image.svg'
cp out/page.html 'out/${imageTag.replaceAll('/', '_')}.html'
echo '${scriptTag} ${imageTag}'
printf '\\033]8;;javascript:document.title="owned"\\033\\\\link\\033]8;;\\033\\\\\\n'
printf '\\033]0;owned\\007\\033[2J\\033[31m${imageTag}\\033[0m\\n'
printf '\\377\\376 \\342\\200\\256 right to left\\n'
echo 'Error: ${imageTag}'
exit 1`;

describe.skipIf(executable === null)('hostile content in the pages', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'croft-pages-'));
  let browser: Browser;
  let farm: TestFarm;
  let builds: readonly Build[];

  beforeAll(async () => {
    const wanted = new Set(['messages', 'branches', 'recipe-has-tags', 'file-names']);
    const repositories = makeHostileRepositories(scratch, wanted);
    [farm, browser] = await Promise.all([
      startFarm({
        name: `${scriptTag}${imageTag}`,
        repositories: repositories.map(({ name, dir }) => ({
          name,
          url: dir,
          poll: '1s',
          branches: ['**'],
        })),
        hostTypes: [{ name: 'local' }],
        builders: [
          { name: 'asks', hostType: 'local' },
          { name: 'prints', hostType: 'local', steps: [step], env: { NAME: imageTag }, artifacts: ['out/*'] },
        ],
      }),
      launchChromium(executable ?? ''),
    ]);
    await farm.startAgent(imageTag, { slots: 2 });
    builds = await until(
      'everything is built',
      async () => {
        const all = await farm.api.builds();
        return all.length >= 8 && all.every(({ endedAt }) => endedAt !== null) ? all : null;
      },
      90_000,
    );
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await farm?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 30_000);

  /** Neither run nor even taken for markup, which the page's policy would only keep from running. */
  async function expectHarmless(page: Page, hash: string): Promise<void> {
    const made = 'img[src="x"], a[href^="javascript"], main script, main iframe, main object';
    const title = expect.not.stringMatching(/^owned/);
    expect([hash, await page.title(), await page.locator(made).count()]).toEqual([hash, title, 0]);
    // The browser says so of every answer 404, which some of these addresses ask for.
    forgetTrouble(page, /Failed to load resource/);
    expectNoTrouble(page);
  }

  browserTest('every page shows it as text', async () => {
    const printing = builds.find(({ builder, repo }) => builder === 'prints' && repo === 'messages');
    const refused = builds.find(({ repo, builder }) => repo === 'recipe-has-tags' && builder === 'asks');
    const machine = (await farm.api.machines())[0];
    /** Each with some of the hostile text that it has to show; null where there is none of it. */
    const pages: readonly (readonly [hash: string, shown: string | null])[] = [
      ['#/', null],
      ['#/grid?repo=messages', imageTag],
      ['#/grid?repo=branches', null],
      [`#/grid?repo=${encodeURIComponent(imageTag)}&text=${encodeURIComponent(scriptTag)}`, null],
      ['#/builds', null],
      [`#/builds?builder=${encodeURIComponent(imageTag)}`, null],
      [`#/build/${printing?.id}`, imageTag],
      [`#/build/${refused?.id}`, scriptTag.slice(0, 20)],
      [`#/build/${encodeURIComponent(imageTag)}`, null],
      [`#/commit/messages/${printing?.commit}`, null],
      ['#/machines', imageTag],
      [`#/machine/${machine?.id}`, imageTag],
      ['#/queue', null],
      ['#/pools', null],
      ['#/health', null],
      [`#/${encodeURIComponent(scriptTag)}`, null],
    ];
    const page = await openPage(browser, farm.url, '#/', { until: 'main h1' });
    for (const [hash, shown] of pages) {
      // From nothing each time, so that what is waited for is of this page.
      await page.goto('about:blank');
      await page.goto(`${farm.url}/${hash}`);
      await page.locator('main :is(h1, h2, [role=alert], .empty)').first().waitFor({ state: 'attached' });
      if (shown !== null) await page.getByText(shown).first().waitFor({ state: 'attached' });
      await expectHarmless(page, hash);
    }
    await page.context().close();
  });

  browserTest('a log shows it as text, and links lead nowhere', async () => {
    const printing = builds.find(({ builder, repo }) => builder === 'prints' && repo === 'messages');
    const page = await openPage(browser, farm.url, `#/build/${printing?.id}`, { until: 'main h1' });
    await page.getByText(imageTag, { exact: false }).first().waitFor({ state: 'attached' });
    await expectHarmless(page, 'log');
    await page.context().close();
  });

  browserTest('an artifact is downloaded, whatever it is, and runs nowhere', async () => {
    const printing = builds.find(({ builder, repo }) => builder === 'prints' && repo === 'messages');
    const { items } = await farm.api.get<{ items: readonly { id: string; path: string }[] }>(
      `/api/v1/builds/${printing?.id}/artifacts`,
    );
    expect(items.map(({ path }) => path).length).toBe(3);
    for (const { id } of items) {
      const context = await browser.newContext();
      const page = await context.newPage();
      const download = page.waitForEvent('download');
      // The navigation becomes a download, which playwright calls an error.
      await page.goto(`${farm.url}/api/v1/artifacts/${id}`).catch(() => undefined);
      expect((await download).suggestedFilename()).not.toMatch(/[<>/]/);
      await page.goto(`${farm.url}/api/v1/builds/${printing?.id}/log`).catch(() => undefined);
      expect([await page.title(), await page.locator('img').count()]).toEqual(['', 0]);
      await context.close();
    }
  });

  browserTest('a page of another site gets no artifact to run as its script or frame', async () => {
    const answer = await farm.api.request('GET', '/api/v1/builds');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});
