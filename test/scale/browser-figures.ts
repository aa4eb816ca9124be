/** A real browser on the pages: when they paint, when they can be used, how they scroll and what they hold. */
import type { Browser, Page } from 'playwright-core';
import type { PageFigures } from './figures.ts';
import type { Known } from './routes.ts';
import type { Client } from './server-figures.ts';

export interface Visited {
  readonly name: string;
  readonly hash: string;
  /** There once the page shows what it is for. */
  readonly content: string;
}

export function visitedPages(known: Known): readonly Visited[] {
  const row = 'main .row';
  return [
    { name: 'grid', hash: '#grid', content: '.grid-cells [role=row]' },
    { name: 'grid with failed', hash: '#grid?state=failed', content: '.grid-cells [role=row]' },
    { name: 'grid with error', hash: '#grid?state=error', content: '.grid-cells [role=row]' },
    { name: 'builds', hash: '#builds', content: row },
    { name: 'queue', hash: '#queue', content: row },
    { name: 'machines', hash: '#machines', content: row },
    { name: 'pools', hash: '#pools', content: 'main h1' },
    { name: 'health', hash: '#health', content: 'main h1' },
    { name: 'commit', hash: `#commit/${known.repo}/${known.commit}`, content: row },
    { name: 'build', hash: `#build/${known.build}`, content: 'main h1' },
    ...(known.longLogBuild === null
      ? []
      : [{ name: 'build, long log', hash: `#build/${known.longLogBuild}`, content: '.log-lines > *' }]),
  ];
}

/** Marks, inside the page, the first frame in which the content is there, and the last long task before. */
const watch = (content: string) => `
  window.croftLongTasks = [];
  new PerformanceObserver((list) => window.croftLongTasks.push(...list.getEntries().map((e) => e.startTime + e.duration)))
    .observe({ type: 'longtask', buffered: true });
  const look = () => {
    if (document.querySelector(${JSON.stringify(content)}) === null) return requestAnimationFrame(look);
    setTimeout(() => { window.croftContentAt = performance.now(); });
  };
  requestAnimationFrame(look);`;

/** Scrolls whatever scrolls most for three seconds; gives the time of every frame. */
const scroll = `new Promise((resolve) => {
  const reach = (e) => e.scrollHeight - e.clientHeight;
  const all = [document.scrollingElement, ...document.querySelectorAll('main, main *')]
    .filter((e) => e !== null && /auto|scroll/.test(getComputedStyle(e).overflowY) || e === document.scrollingElement);
  const target = all.reduce((best, e) => (reach(e) > reach(best) ? e : best));
  const frames = [];
  const began = performance.now();
  let last = began;
  const step = (now) => {
    frames.push(now - last);
    last = now;
    target.scrollTop += 240;
    if (now - began < 3000) requestAnimationFrame(step);
    else resolve(frames.slice(2));
  };
  requestAnimationFrame(step);
})`;

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return Math.round(usedSize / 104_857.6) / 10;
}

export async function measurePage(browser: Browser, client: Client, visited: Visited): Promise<PageFigures> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.addInitScript((token) => sessionStorage.setItem('croft-token', token), client.token);
    await page.addInitScript(watch(visited.content));
    await page.goto(`${client.url}/${visited.hash}`);
    await page.locator(visited.content).first().waitFor({ state: 'attached', timeout: 60_000 });
    await page.waitForTimeout(200);
    const [firstPaint, contentAt] = (await page.evaluate(`[
      performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
      Math.max(window.croftContentAt, ...window.croftLongTasks.filter((end) => end < window.croftContentAt + 50)),
    ]`)) as [number, number];
    await page.waitForTimeout(300);
    const heapBefore = await heapMb(page);
    const frames = (await page.evaluate(scroll)) as number[];
    const heapAfter = await heapMb(page);
    return {
      name: visited.name,
      firstPaint: Math.round(firstPaint),
      interactive: Math.round(contentAt),
      longestFrame: Math.round(Math.max(...frames)),
      framesOver50: frames.filter((ms) => ms > 50).length,
      heapBefore,
      heapAfter,
    };
  } finally {
    await context.close();
  }
}
