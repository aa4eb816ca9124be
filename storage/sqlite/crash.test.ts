/** SIGKILL at any moment: what was acknowledged is there, and nothing is there by half. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import type { Stores } from '../conformance/stores.ts';
import { openSqliteStores } from './stores.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-crash-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Lets the process acknowledge so many writes, kills it, and gives the lines that it finished. */
async function runAndKill(file: string, round: number, lines: number): Promise<string[]> {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'crash-fixture.ts'), file, String(round)],
    {
      stdout: 'pipe',
      stderr: 'inherit',
      env: {},
    },
  );
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split('\n').length > lines) child.kill('SIGKILL');
  }
  await child.exited;
  expect(child.signalCode).toBe('SIGKILL');
  return text.split('\n').slice(0, -1);
}

async function checkAcknowledged({ builds, sealedLogs }: Stores, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const [what, id = '', attempt = '', seq = ''] = line.split(' ');
    const build = await builds.build(id);
    expect(build).not.toBeNull();
    if (what === 'claimed') expect(await builds.attempts(id)).toHaveLength(1);
    if (what === 'journal') expect((await builds.journal(attempt)).length).toBeGreaterThan(Number(seq));
    if (what !== 'ended') continue;
    expect(build?.state).toBe('passed');
    expect(await sealedLogs.sealed(attempt)).not.toBeNull();
  }
}

/** Every build, acknowledged or not, is at one of the points between two writes. */
async function checkWhole({ builds, machines, sealedLogs }: Stores): Promise<void> {
  const all = await builds.builds({ limit: 1_000_000 });
  const open = new Set((await machines.openLeases()).map((lease) => lease.holder.id));
  for (const { id, state } of all) {
    const [attempt, ...more] = await builds.attempts(id);
    expect(more).toEqual([]);
    expect(attempt?.state).toBe(
      { waiting: undefined, running: 'running', passed: 'passed' }[String(state)] as 'passed',
    );
    expect(open.has(id)).toBe(state === 'running');
    if (attempt === undefined) continue;
    const journal = await builds.journal(attempt.id);
    expect(journal.map((entry) => entry.seq)).toEqual(journal.map((_, i) => i));
    expect(journal.length === 5).toBe(state === 'passed');
    expect((await sealedLogs.sealed(attempt.id)) !== null).toBe(state === 'passed');
    expect(await builds.artifacts(id)).toHaveLength(state === 'passed' ? 1 : 0);
  }
  const counts = await builds.counts();
  for (const state of ['waiting', 'running', 'passed'] as const) {
    expect(counts[state]).toBe(all.filter((build) => build.state === state).length);
  }
}

test('killed again and again on one file, nothing acknowledged is lost and nothing is half', async () => {
  const file = join(dir, 'croft.db');
  const acknowledged: string[] = [];
  for (const [round, lines] of [1, 150, 700, 1_500].entries()) {
    acknowledged.push(...(await runAndKill(file, round, lines)));
    const stores = await openSqliteStores({ file, clock: createManualClock(), log: silentLog });
    await checkAcknowledged(stores, acknowledged);
    await checkWhole(stores);
    await stores.close();
  }
  expect(acknowledged.length).toBeGreaterThan(2_000);
});
