/** A real browser on a farm, for one test file. Where there is no browser the file is skipped, and says so. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromiumPath, desktop, launchChromium } from './chromium.ts';
import type { FixtureSize } from './fixture/data.ts';
import { type FixtureFarm, fixtureToken, startFixtureFarm } from './fixture/server.ts';

export interface OpenOptions extends Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'permissions'> {
  /** With a token that may do everything (of the seeded farm). */
  readonly signedIn?: boolean;
  readonly token?: string;
  /** Wait for this instead of the heading. */
  readonly until?: string;
}

export interface Browsing {
  readonly farm: FixtureFarm;
  open(hash: string, options?: OpenOptions): Promise<Page>;
}

/** Errors that a page wrote to its console, threw, or that its policy refused. */
const troubles = new WeakMap<Page, string[]>();

export function expectNoTrouble(page: Page): void {
  expect(troubles.get(page) ?? []).toEqual([]);
}

/** The browser's own words for answers that a test asked for on purpose. */
export function forgetTrouble(page: Page, pattern: RegExp): void {
  troubles.set(
    page,
    (troubles.get(page) ?? []).filter((text) => !pattern.test(text)),
  );
}

const axeSource = await Bun.file(fileURLToPath(import.meta.resolve('axe-core/axe.min.js'))).text();

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core finds that is serious or critical, one line each; by all its rules, or of contrasts alone. */
export async function seriousFindings(
  page: Page,
  rules: 'all' | 'contrast' = 'all',
): Promise<readonly string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axeSource);
  const violations = (await page.evaluate(
    `axe.run(document, ${JSON.stringify({
      resultTypes: ['violations'],
      ...(rules === 'contrast' ? { runOnly: ['color-contrast'] } : {}),
    })}).then((result) => result.violations)`,
  )) as AxeViolation[];
  return violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .flatMap((violation) =>
      violation.nodes.slice(0, 3).map((node) => `${violation.id}: ${node.html} ${node.failureSummary}`),
    );
}

/** True when the page can be scrolled sideways. */
export async function overflowsSideways(page: Page): Promise<boolean> {
  return await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
}

/** A test that drives the browser. Its time is for a busy machine; a limit that is too short would end the browser itself. */
export function browserTest(name: string, run: () => Promise<void>): void {
  test(name, run, 60_000);
}

/** `describe` with a browser and a farm of its own. */
export function describeBrowsing(
  name: string,
  tests: (browsing: Browsing) => void,
  size?: FixtureSize,
): void {
  const executable = chromiumPath();
  if (executable === null) {
    process.stderr.write(`SKIPPED ${name}: no Chromium here; set CROFT_CHROMIUM to the path of one\n`);
    describe.skip(name, () => undefined);
    return;
  }
  describe(name, () => {
    let browser: Browser | null = null;
    let farm: FixtureFarm | null = null;
    beforeAll(async () => {
      [browser, farm] = await Promise.all([launchChromium(executable), startFixtureFarm(size)]);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await farm?.[Symbol.asyncDispose]();
    }, 30_000);
    tests({
      get farm() {
        if (farm === null) throw new Error('The farm has not started');
        return farm;
      },
      async open(hash, options = {}) {
        if (browser === null || farm === null) throw new Error('The browser has not started');
        return await openPage(browser, farm.url, hash, options);
      },
    });
  });
}

/** A page of its own context, whose troubles are written down from the start. */
export async function openPage(
  browser: Browser,
  url: string,
  hash: string,
  options: OpenOptions,
): Promise<Page> {
  const { signedIn = false, token = signedIn ? fixtureToken : null, until = 'main h1', ...context } = options;
  const opened = await browser.newContext({ viewport: desktop, ...context });
  if (token !== null) {
    await opened.addInitScript((value) => sessionStorage.setItem('croft-token', value), token);
  }
  const page = await opened.newPage();
  page.setDefaultTimeout(10_000);
  const seen: string[] = [];
  troubles.set(page, seen);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.get(page)?.push(message.text());
  });
  page.on('pageerror', (error) => troubles.get(page)?.push(String(error)));
  await page.goto(`${url}/${hash}`);
  await page.locator(until).first().waitFor({ state: 'attached' });
  return page;
}
