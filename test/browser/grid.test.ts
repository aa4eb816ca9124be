import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import type { Build } from '../../edge/api/model.ts';
import { phone } from './chromium.ts';
import { browserTest, describeBrowsing, expectNoTrouble } from './harness.ts';

const size = { builders: 150, commits: 3_000, machines: 5_000, waiting: 5_000 };

/** Processor time of the page's own thread, so that a busy machine does not count. */
async function measureWork(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const value = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return { cpuMs: value('TaskDuration') * 1_000, heapBytes: value('JSHeapUsedSize') };
  };
  const before = await read();
  return async () => {
    const { cpuMs, heapBytes } = await read();
    const elements = await page.evaluate(() => document.querySelectorAll('*').length);
    return { cpuMs: cpuMs - before.cpuMs, heapBytes, elements };
  };
}

describeBrowsing(
  'the grid, at scale',
  (browsing) => {
    browserTest('shows commits by builders, and only those near the window exist', async () => {
      const page = await browsing.open('#grid', { until: 'a.grid-link' });
      expect(await page.getByRole('grid').getAttribute('aria-colcount')).toBe('151');
      expect(await page.locator('.grid-row').count()).toBeLessThan(100);
      expect(await page.locator('.grid-builder').count()).toBeLessThan(70);
      const names = await page.locator('.grid-builder').allTextContents();
      expect(names.slice(0, 3)).toEqual(browsing.farm.data.builders.slice(0, 3) as string[]);
      expectNoTrouble(page);
      await page.context().close();
    });

    browserTest('arrows move, Enter opens, and the address comes back', async () => {
      const page = await browsing.open('#grid', { until: 'a.grid-link' });
      const grid = page.getByRole('grid');
      await grid.focus();
      expect(await grid.getAttribute('aria-activedescendant')).toBe('cell-0--1');
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight'])
        await page.keyboard.press(key);
      expect(await grid.getAttribute('aria-activedescendant')).toBe('cell-2-1');
      await page.locator('.grid-status', { hasText: browsing.farm.data.builders[1] ?? '?' }).waitFor();
      await page.keyboard.press('End');
      await page.waitForFunction(
        () => document.querySelector('.grid')?.getAttribute('aria-activedescendant') === 'cell-2-149',
      );
      await page.locator('#cell-2-149').waitFor({ state: 'attached' });
      await page.keyboard.press('Home');
      await page.keyboard.press('Enter');
      await page.waitForURL(/#commit\/croft\//);
      await page.goBack();
      await page.locator('a.grid-link').first().waitFor();
      expect(page.url()).toContain('#grid');
      await page.context().close();
    });

    browserTest(
      'scrolls through history by cursor, with little work for each frame, without growing',
      async () => {
        const page = await browsing.open('#grid', { until: 'a.grid-link' });
        const work = await measureWork(page);
        const frames = 70;
        const top = await page.evaluate(async (count) => {
          const grid = document.querySelector('.grid') as HTMLElement;
          for (let step = 0; step < count; step++) {
            grid.scrollTop += 120;
            await new Promise(requestAnimationFrame);
          }
          return grid.scrollTop;
        }, frames);
        const { cpuMs, elements, heapBytes } = await work();
        expect(top).toBeGreaterThan(5_000);
        expect(cpuMs / frames).toBeLessThan(50);
        expect(elements).toBeLessThan(8_000);
        expect(heapBytes).toBeLessThan(100 * 1024 ** 2);
        await page.context().close();
      },
    );

    browserTest('filters are in the address, and are applied', async () => {
      const page = await browsing.open('#grid', { until: 'a.grid-link' });
      await page.getByLabel('Builders').fill('windows-*');
      await page.waitForURL(/builder=windows-/);
      await page.locator('.grid-builder', { hasText: 'windows-amd64-race' }).first().waitFor();
      expect(await page.locator('.grid-builder', { hasText: 'linux' }).count()).toBe(0);
      await page.getByRole('combobox', { name: 'With' }).selectOption('failed');
      await page.waitForURL(/state=failed/);
      await page.locator('.mark-failed').first().waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('searchbox', { name: 'Commits' }).fill('grace lease');
      await page.waitForURL(/text=grace\+lease/);
      await page.locator('.grid-subject', { hasText: 'docs: say what a lease is' }).first().waitFor();
      const subjects = await page.locator('.grid-subject').allTextContents();
      expect(new Set(subjects)).toEqual(new Set(['docs: say what a lease is']));
      await page.reload();
      await page.locator('.grid-subject').first().waitFor();
      expect(await page.getByRole('searchbox', { name: 'Commits' }).inputValue()).toBe('grace lease');
      await page.getByRole('link', { name: 'Clear' }).click();
      await page.locator('.grid-builder', { hasText: 'linux' }).first().waitFor();
      await page.context().close();
    });

    browserTest('a build that changes shows at once, a new commit comes in above', async () => {
      const page = await browsing.open('#grid', { until: 'a.grid-link' });
      await page.locator('.live-live').waitFor();
      const { data } = browsing.farm;
      const waiting = [...data.builds.values()].find(
        (build) => build.state === 'waiting' && build.commit === data.rows[0]?.hash,
      ) as Build;
      const cell = page.locator(`a.grid-link[href="#build/${waiting.id}"]`);
      expect(await cell.getAttribute('class')).toContain('mark-waiting');
      browsing.farm.send({
        type: 'build',
        build: { ...waiting, state: 'passed', startedAt: waiting.createdAt, endedAt: waiting.createdAt },
      });
      await page.locator(`a.mark-passed[href="#build/${waiting.id}"]`).waitFor();
      const row = {
        ...(data.rows[0] as (typeof data.rows)[number]),
        hash: 'f'.repeat(40),
        subject: 'brand new',
      };
      data.rows.unshift(row);
      browsing.farm.send({ type: 'commits', repo: 'croft', branch: 'main', head: row.hash, count: 1 });
      await page.locator('.grid-subject', { hasText: 'brand new' }).waitFor();
      data.rows.shift();
      await page.context().close();
    });

    browserTest('a mark tells more under the pointer', async () => {
      const page = await browsing.open('#grid', { until: 'a.grid-link' });
      await page.locator('[data-column="3"] a').first().hover();
      const tip = page.locator('.tip');
      await tip.waitFor();
      expect(await tip.textContent()).toContain(browsing.farm.data.builders[3] ?? '?');
      await page.context().close();
    });

    browserTest('on a phone commits are a list that goes on', async () => {
      const page = await browsing.open('#grid', { viewport: phone, until: '.card-subject' });
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.waitForFunction(() => document.documentElement.scrollHeight > 96 * 90);
      expect(await page.locator('.card').count()).toBeLessThan(40);
      await page.getByRole('button', { name: 'More filters' }).click();
      await page.getByRole('searchbox', { name: 'Commits' }).waitFor();
      await page.context().close();
    });

    browserTest('thousands of machines and of waiting builds stay a page', async () => {
      const page = await browsing.open('#pools', { until: '.machine-row' });
      expect(await page.locator('.machine-row').count()).toBeLessThan(80);
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.locator('.machine-row', { hasText: 'linux-riscv64-4997' }).first().waitFor();
      await page.goto(`${browsing.farm.url}/#queue`);
      await page.locator('.waiting-row').first().waitFor();
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.waitForFunction(() => document.documentElement.scrollHeight > 57 * 390);
      expect(await page.locator('.waiting-row').count()).toBeLessThan(80);
      await page.context().close();
    });
  },
  size,
);
