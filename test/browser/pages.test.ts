/** Every page, with real data, in both themes and at both widths: no error, nothing serious for axe, nothing that overflows. */
import { expect } from 'bun:test';
import { desktop, phone } from './chromium.ts';
import {
  browserTest,
  describeBrowsing,
  expectNoTrouble,
  forgetTrouble,
  overflowsSideways,
  seriousFindings,
} from './harness.ts';

interface Shown {
  readonly hash: string;
  /** Has to be in the page once it is loaded. */
  readonly holds: string;
  readonly title: RegExp;
}

const shown: readonly Shown[] = [
  { hash: '#grid', holds: 'a.grid-link, .card-subject', title: /^croft|^Builds/ },
  { hash: '#grid?builder=linux-*&state=failed', holds: 'a.grid-link, .card-subject', title: /·/ },
  { hash: '#builds', holds: '.build-row', title: /^Builds/ },
  { hash: '#build/bld_running', holds: '.log-line', title: /^running/ },
  { hash: '#build/bld_huge?attempt=1&line=1400', holds: '.log-line.is-chosen', title: /^failed/ },
  { hash: '#build/bld_waiting', holds: '.why-summary', title: /^waiting/ },
  { hash: '#build/bld_error', holds: '.tabs', title: /^infrastructure error/ },
  {
    hash: '#build/bld_error?attempt=1',
    holds: '.log-empty:has-text("removed by retention")',
    title: /^infra/,
  },
  { hash: '#commit/croft/HEAD', holds: '.build-row', title: /·/ },
  { hash: '#queue', holds: '.waiting-row.is-impossible', title: /^Queue/ },
  { hash: '#pools', holds: '.pool-head', title: /^Pools/ },
  { hash: '#machines', holds: '.machine-row', title: /^Machines/ },
  { hash: '#machine/mch_000003', holds: '.history', title: /not bold/ },
  { hash: '#health', holds: '.check-error', title: /^Farm health/ },
  { hash: '#settings', holds: '.tokens', title: /^Settings/ },
  { hash: '#nothing-here', holds: '.empty', title: /Croft/ },
];

describeBrowsing('pages', (browsing) => {
  for (const { hash, holds, title } of shown) {
    browserTest(`${hash} in light and dark, wide and on a phone`, async () => {
      const head = browsing.farm.data.rows[0]?.hash ?? '';
      const page = await browsing.open(hash.replace('HEAD', head), { signedIn: true, until: holds });
      expect(await page.title()).toMatch(title);
      for (const viewport of [desktop, phone]) {
        await page.setViewportSize(viewport);
        await page.locator(holds).first().waitFor();
        expect(await overflowsSideways(page)).toBe(false);
        await page.emulateMedia({ colorScheme: 'light' });
        expect(await seriousFindings(page)).toEqual([]);
        // The other theme is the same page in other colours.
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await seriousFindings(page, 'contrast')).toEqual([]);
      }
      // Nothing that came from outside became an element, or ran.
      expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
      expect(await page.locator('main img, main script, main iframe').count()).toBe(0);
      // The health page asks a farm that is not well, which browsers write down.
      forgetTrouble(page, /503/);
      expectNoTrouble(page);
      await page.context().close();
    });
  }

  browserTest('the theme can be chosen, is kept, and is there before anything is drawn', async () => {
    const page = await browsing.open('#health', { colorScheme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.getByRole('button', { name: /^Colours/ }).click();
    await page.getByRole('button', { name: /^Colours: light/ }).click();
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.locator('main h1').waitFor();
    expect(await ground()).not.toBe(light);
    await page.context().close();
  });

  browserTest('the keyboard reaches the content, the pages and the help', async () => {
    const page = await browsing.open('#health');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
    await page.keyboard.press('3');
    await page.getByRole('heading', { name: 'Queue', level: 1 }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.context().close();
  });

  browserTest('single keys can be switched off', async () => {
    const page = await browsing.open('#settings');
    await page.getByLabel(/Single-key/).uncheck();
    await page.locator('main').focus();
    await page.keyboard.press('3');
    await page.keyboard.press('?');
    expect(await page.getByRole('heading', { name: 'Settings', level: 1 }).count()).toBe(1);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.context().close();
  });
});
