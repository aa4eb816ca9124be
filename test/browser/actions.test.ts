/** What changes something, what is told when the farm is not well, and what an empty farm teaches. */
import { expect } from 'bun:test';
import { fixtureToken } from './fixture/server.ts';
import { browserTest, describeBrowsing, expectNoTrouble, forgetTrouble, seriousFindings } from './harness.ts';

describeBrowsing('actions', (browsing) => {
  browserTest('a token is taken, kept in the tab, and given back', async () => {
    const page = await browsing.open('#build/bld_huge');
    expect(await page.getByRole('button', { name: 'Retry' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Give a token to retry' }).click();
    await page.getByLabel('Access token').fill(fixtureToken);
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByText('You are').waitFor();
    expect(await page.evaluate(() => [sessionStorage.length, localStorage.getItem('croft-token')])).toEqual([
      1,
      null,
    ]);
    expect(page.url()).not.toContain(fixtureToken);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.context().close();
  });

  browserTest('retry leads to the new build', async () => {
    const page = await browsing.open('#build/bld_huge', { signedIn: true });
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.waitForURL(/#build\/bld_z/);
    await page.locator('h1 .state-waiting').waitFor();
    await page.context().close();
  });

  browserTest('a refusal is shown where it was asked for', async () => {
    const page = await browsing.open('#build/bld_huge', { signedIn: true });
    browsing.farm.settings.refuse = 'The builder is not configured any more';
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('alert').getByText('not configured any more').waitFor();
    browsing.farm.settings.refuse = null;
    forgetTrouble(page, /409/);
    expectNoTrouble(page);
    await page.context().close();
  });

  browserTest('cancel asks first, and the page follows', async () => {
    const page = await browsing.open('#build/bld_waiting', { signedIn: true });
    await page.getByRole('button', { name: 'Cancel' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel this build?' });
    await dialog.waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Leave it' }).click();
    expect(await page.locator('h1 .state-waiting').count()).toBe(1);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await dialog.getByRole('button', { name: 'Cancel the build' }).click();
    await page.locator('h1 .state-cancelled').waitFor();
    await page
      .locator('[aria-live="polite"].unseen', { hasText: 'cancelled' })
      .waitFor({ state: 'attached' });
    await page.context().close();
  });

  browserTest('attempts are tabs, moved between by arrows', async () => {
    const page = await browsing.open('#build/bld_error', { until: '.tabs' });
    expect(await page.getByRole('tab', { selected: true }).textContent()).toContain('Attempt 3');
    await page.getByRole('tab', { selected: true }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/attempt=2/);
    await page.getByRole('tab', { selected: true, name: /Attempt 2/ }).waitFor();
    await page.context().close();
  });

  browserTest('a step leads to its output', async () => {
    const page = await browsing.open('#build/bld_huge', { until: '.step' });
    await page.getByRole('link', { name: 'npm test -- --reporter=dots' }).click();
    await page.waitForURL(/line=400/);
    await page.locator('.log-line.is-chosen').waitFor();
    await page.context().close();
  });

  browserTest('how to do it by hand can be copied', async () => {
    const page = await browsing.open('#build/bld_huge', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: /Copy: Lines that reproduce/ }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('git clone');
    await page.context().close();
  });

  browserTest(
    'a machine is drained, put in quarantine with a reason, and revoked after a question',
    async () => {
      const page = await browsing.open('#machine/mch_000002', { signedIn: true });
      await page.getByRole('button', { name: 'Drain' }).click();
      await page.locator('h1 .machine-draining').waitFor();
      await page.getByRole('button', { name: 'Quarantine' }).click();
      await page.getByLabel(/Reason/).fill('smells of smoke');
      await page.getByRole('dialog').getByRole('button', { name: 'Quarantine' }).click();
      await page.locator('h1 .machine-quarantined').waitFor();
      await page.getByRole('button', { name: 'Revoke' }).click();
      await page.getByRole('button', { name: 'Revoke its key' }).click();
      await page.locator('h1 .machine-revoked').waitFor();
      expect(await page.getByRole('button', { name: 'Drain' }).count()).toBe(0);
      await page.context().close();
    },
  );

  browserTest('a broken configuration is told on every page', async () => {
    browsing.farm.settings.broken = {
      at: new Date().toISOString(),
      problems: [
        {
          path: 'builders[2].hostType',
          problem: 'no host type is called "linus"',
          fix: 'Did you mean "linux"?',
        },
        { path: 'repositories[0].url', problem: 'is not there', fix: 'Add it' },
      ],
    };
    for (const hash of ['#grid', '#queue', '#settings']) {
      const page = await browsing.open(hash);
      await page.getByRole('alert').getByText('builders[2].hostType').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await page.context().close();
    }
    browsing.farm.settings.broken = null;
  });

  browserTest('a farm that goes away is told, and back again all is fresh', async () => {
    const page = await browsing.open('#queue', { until: '.live-live' });
    browsing.farm.settings.isDown = true;
    browsing.farm.dropStreams();
    await page.getByText('Not live.').waitFor();
    expect(await page.locator('.waiting-row').count()).toBeGreaterThan(0);
    browsing.farm.settings.isDown = false;
    await page.locator('.live-live').waitFor();
    expect(await page.getByText('Not live.').count()).toBe(0);
    await page.context().close();
  });

  browserTest('a page that could not be loaded comes by itself when the farm is back', async () => {
    browsing.farm.settings.isDown = true;
    const page = await browsing.open('#machines', { until: '[role="alert"]' });
    await page.getByText('The farm is going down').first().waitFor();
    browsing.farm.settings.isDown = false;
    await page.locator('.machine-row').first().waitFor();
    await page.context().close();
  });

  browserTest('what is not there says so', async () => {
    const page = await browsing.open('#build/bld_none', { until: '[role="alert"]' });
    await page.getByText('No build bld_none').waitFor();
    await page.context().close();
  });

  browserTest('an empty farm teaches the first steps', async () => {
    browsing.farm.settings.isEmpty = true;
    const page = await browsing.open('#grid', { until: '.empty' });
    expect(await page.locator('.empty').textContent()).toContain('npm start -- --repo');
    expect(await seriousFindings(page)).toEqual([]);
    await page.goto(`${browsing.farm.url}/#pools`);
    await page.getByText('No machine yet').waitFor();
    expect(await page.locator('.empty').textContent()).toContain('--coordinator http://localhost');
    for (const [hash, text] of [
      ['#queue', 'Nothing waits'],
      ['#builds', 'No builds yet'],
      ['#machines', 'No machine yet'],
    ] as const) {
      await page.goto(`${browsing.farm.url}/${hash}`);
      await page.getByText(text).waitFor();
    }
    await page.context().close();
    browsing.farm.settings.isEmpty = false;
  });

  browserTest('who may join machines gets the line to run', async () => {
    const page = await browsing.open('#pools', { signedIn: true });
    await page.getByText('Add a machine').click();
    await page.getByRole('button', { name: 'Make a join token' }).click();
    await page.getByText('--join jt_secret').waitFor();
    await page.context().close();
  });
});
