import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { phone } from './chromium.ts';
import { browserTest, describeBrowsing, expectNoTrouble } from './harness.ts';

async function firstLine(page: Page): Promise<number> {
  return Number(await page.locator('.log-number').first().textContent());
}

/** The text of a line that is in the window, once it has been fetched. */
async function textOf(page: Page, line: number): Promise<string> {
  const text = page.locator(`[data-line="${line}"] .log-text`);
  await page.waitForFunction((number) => {
    const shown = document.querySelector(`[data-line="${number}"] .log-text`)?.textContent;
    return shown !== undefined && shown !== null && shown !== '…';
  }, line);
  return (await text.textContent()) ?? '';
}

describeBrowsing('the log', (browsing) => {
  browserTest('ten million lines open at once, at any line, by its link', async () => {
    const page = await browsing.open('#build/bld_huge?attempt=1&line=7654321', {
      until: '.log-line.is-chosen',
    });
    expect(await textOf(page, 7_654_321)).toBe(`line 7654321: ${'.'.repeat(7_654_321 % 40)} done`);
    expect(await page.locator('.log-line').count()).toBeLessThan(80);
    expect(await page.getByText('of output were not kept').count()).toBe(1);
    expectNoTrouble(page);
    await page.context().close();
  });

  browserTest('the scroll bar reaches every part of it, the wheel moves by lines', async () => {
    const page = await browsing.open('#build/bld_huge?attempt=1&line=1', { until: '.log-line.is-chosen' });
    const scroller = page.locator('.log-scroll');
    await scroller.evaluate((element) => {
      element.scrollTop = element.scrollHeight / 2;
    });
    await page.waitForFunction(() => Number(document.querySelector('.log-number')?.textContent) > 4_900_000);
    const middle = await firstLine(page);
    expect(middle).toBeGreaterThan(4_990_000);
    expect(middle).toBeLessThan(5_010_000);
    await textOf(page, middle + 3);
    await scroller.hover();
    await page.mouse.wheel(0, 200);
    await page.waitForFunction(
      (line) => Number(document.querySelector('.log-number')?.textContent) === line,
      middle + 10,
    );
    await scroller.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    expect(await textOf(page, 10_000_000)).toContain('line 10000000');
    await page.context().close();
  });

  browserTest('keys: end, start, next problem, line by line', async () => {
    const page = await browsing.open('#build/bld_huge?attempt=1&line=1', { until: '.log-line.is-chosen' });
    await page.keyboard.press('G');
    await textOf(page, 10_000_000);
    await page.keyboard.press('g');
    await page.waitForFunction(() => document.querySelector('.log-number')?.textContent === '1');
    await page.keyboard.press('e');
    await page.waitForURL(/line=400$/);
    await page.keyboard.press('e');
    await page.waitForURL(/line=1400$/);
    await page.keyboard.press('E');
    await page.waitForURL(/line=400$/);
    await page.keyboard.press('j');
    await page.waitForURL(/line=401$/);
    await page.context().close();
  });

  browserTest('search goes on the server, both ways and round the ends', async () => {
    const page = await browsing.open('#build/bld_huge?attempt=1&line=1', { until: '.log-line.is-chosen' });
    await page.keyboard.press('/');
    await page.keyboard.type('case-503400');
    await page.waitForURL(/line=503400$/, { timeout: 20_000 });
    expect(await page.locator('.log-line.is-chosen mark').textContent()).toBe('case-503400');
    await page.getByLabel('Search the log').last().fill('test/case');
    await page.getByText('more than 2000 matches').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.waitForURL(/line=503403$/);
    await page.keyboard.press('N');
    await page.waitForURL(/line=503400$/);
    await page.keyboard.press('G');
    await page.context().close();
  });

  browserTest('what the output says stays text, in its colours', async () => {
    const page = await browsing.open('#build/bld_huge?attempt=1&line=7', { until: '.log-line.is-chosen' });
    expect(await textOf(page, 7)).toContain('<script>window.hacked=3</script>');
    expect(await textOf(page, 9)).toBe('fetching 100%, done');
    expect(await page.locator('[data-line="3"] .fg-green').textContent()).toBe('ok');
    await page.goto(`${browsing.farm.url}/#build/bld_huge?attempt=1&line=400`);
    expect(await page.locator('[data-line="400"] .fg-red').textContent()).toBe('FAIL');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    await page.context().close();
  });

  browserTest('wrapped lines, times, and the whole window', async () => {
    const page = await browsing.open('#build/bld_huge?attempt=1&line=1', { until: '.log-line.is-chosen' });
    await textOf(page, 8);
    const height = () =>
      page.locator('[data-line="8"]').evaluate((element) => element.getBoundingClientRect().height);
    expect(await height()).toBe(20);
    await page.keyboard.press('w');
    expect(await height()).toBeGreaterThan(40);
    await page.keyboard.press('G');
    await textOf(page, 10_000_000);
    await page.keyboard.press('t');
    expect(await page.locator('.log-time').first().textContent()).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
    await page.keyboard.press('m');
    const filled = await page.locator('.log').evaluate((element) => element.getBoundingClientRect().height);
    expect(filled).toBe(800);
    await page.keyboard.press('Escape');
    await page.context().close();
  });

  browserTest('a link to a line, and to a stretch of lines', async () => {
    const page = await browsing.open('#build/bld_huge?attempt=1&line=1', { until: '.log-line.is-chosen' });
    await textOf(page, 5);
    await page.locator('[data-line="3"] .log-number').click();
    await page.waitForURL(/attempt=1&line=3$/);
    await page.locator('[data-line="6"] .log-number').click({ modifiers: ['Shift'] });
    await page.waitForURL(/line=3-6$/);
    expect(await page.locator('.log-line.is-chosen').count()).toBe(4);
    await page.context().close();
  });

  browserTest('a running build is followed, until the reader looks elsewhere', async () => {
    const page = await browsing.open('#build/bld_running', { until: '.log-live' });
    const { farm } = browsing;
    await textOf(page, 300);
    farm.logs.write('bld_running', ['\u001b[32mlive one', 'live two']);
    expect(await textOf(page, 302)).toBe('live two');
    expect(await page.locator('[data-line="301"] .fg-green').textContent()).toBe('live one');
    await page.locator('.log-scroll').hover();
    await page.mouse.wheel(0, -600);
    await page.waitForFunction(() => document.querySelector('[data-line="302"]') === null);
    farm.logs.write('bld_running', ['live three']);
    await page.getByText('303 lines').waitFor();
    expect(await page.locator('[data-line="303"]').count()).toBe(0);
    await page.keyboard.press('f');
    expect(await textOf(page, 303)).toBe('live three');
    expectNoTrouble(page);
    await page.context().close();
  });

  browserTest('a flood of output does not stop the page', async () => {
    const page = await browsing.open('#build/bld_running', { until: '.log-live' });
    const before = browsing.farm.logs.lineCount('bld_running');
    for (let burst = 0; burst < 20; burst++) {
      browsing.farm.logs.write(
        'bld_running',
        Array.from({ length: 2_000 }, (_, line) => `flood ${burst} ${line}`),
      );
    }
    expect(await textOf(page, before + 40_000)).toBe('flood 19 1999');
    await page.context().close();
  });

  browserTest('on a phone lines wrap and nothing overflows', async () => {
    const page = await browsing.open('#build/bld_huge?attempt=1&line=8', {
      viewport: phone,
      until: '.log-line.is-chosen',
    });
    await textOf(page, 8);
    const box = await page.locator('[data-line="8"]').boundingBox();
    expect(box?.height).toBeGreaterThan(60);
    expect(box?.width).toBeLessThanOrEqual(phone.width);
    await page.context().close();
  });
});
