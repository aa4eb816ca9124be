/**
 * Pictures of every page: `bun test/browser/screenshots.ts DIR [--url URL] [--token TOKEN] [--only NAME]`. Without an address it starts
 * a farm with seeded data.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { chromiumPath, desktop, launchChromium, phone } from './chromium.ts';
import { fixtureToken, startFixtureFarm } from './fixture/server.ts';

interface Picture {
  readonly name: string;
  readonly hash: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    token: { type: 'string' },
    only: { type: 'string' },
    size: { type: 'string' },
  },
});

const huge = { builders: 150, commits: 3_000, machines: 5_000, waiting: 5_000 };
const farm =
  values.url === undefined ? await startFixtureFarm(values.size === 'huge' ? huge : undefined) : null;
const url = values.url ?? farm?.url ?? '';
const token = values.token ?? (farm === null ? undefined : fixtureToken);

/** Ids of builds in the states worth a picture, from the API itself. */
async function buildIn(state: string): Promise<string | null> {
  const answer = await fetch(`${url}/api/v1/builds?state=${state}&limit=1`);
  const { items } = (await answer.json()) as { items: { id: string; repo: string; commit: string }[] };
  return items[0]?.id ?? null;
}

async function pictures(): Promise<readonly Picture[]> {
  const grid = (await (await fetch(`${url}/api/v1/builds?limit=1`)).json()) as {
    items: { repo: string; commit: string }[];
  };
  const machines = (await (await fetch(`${url}/api/v1/machines`)).json()) as { items: { id: string }[] };
  const newest = grid.items[0];
  const list: Picture[] = [
    { name: 'grid', hash: '#grid' },
    { name: 'grid-failed', hash: '#grid?state=failed&builder=linux-*' },
    { name: 'builds', hash: '#builds' },
    { name: 'queue', hash: '#queue' },
    { name: 'pools', hash: '#pools' },
    { name: 'machines', hash: '#machines' },
    { name: 'health', hash: '#health' },
    { name: 'settings', hash: '#settings' },
  ];
  for (const state of ['failed', 'running', 'waiting', 'passed', 'error']) {
    const id = await buildIn(state);
    if (id !== null) list.push({ name: `build-${state}`, hash: `#build/${id}` });
  }
  if (newest !== undefined) {
    list.push({ name: 'commit', hash: `#commit/${encodeURIComponent(newest.repo)}/${newest.commit}` });
  }
  const machine = machines.items[0];
  if (machine !== undefined) list.push({ name: 'machine', hash: `#machine/${machine.id}` });
  return list.filter((picture) => values.only === undefined || picture.name.startsWith(values.only));
}

async function takeAll(dir: string, executable: string): Promise<void> {
  const browser = await launchChromium(executable);
  const list = await pictures();
  for (const [width, viewport] of Object.entries({ desktop, phone })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme });
      if (token !== undefined) {
        await context.addInitScript((value) => sessionStorage.setItem('croft-token', value), token);
      }
      const page = await context.newPage();
      for (const picture of list) {
        await page.goto('about:blank');
        await page.goto(`${url}/${picture.hash}`);
        await page.locator('main h1').first().waitFor();
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(dir, `${picture.name}-${width}-${colorScheme}.png`) });
      }
      await context.close();
    }
  }
  await browser.close();
}

const executable = chromiumPath();
if (executable === null) throw new Error('There is no Chromium; set CROFT_CHROMIUM to its path');
const dir = resolve(positionals[0] ?? 'screenshots');
await mkdir(dir, { recursive: true });
await takeAll(dir, executable);
await farm?.[Symbol.asyncDispose]();
