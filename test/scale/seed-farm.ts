/** Fills an empty data folder with years of a farm. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { openSqliteDatabase } from '../../storage/sqlite/database.ts';
import { insertLog, makeLog } from './big-log.ts';
import { openBulk } from './bulk.ts';
import { configOf, type SeedOptions, shapeOf } from './farm-shape.ts';
import { makeHistory } from './git-history.ts';
import { insertPastBuilds } from './past-builds.ts';
import { insertCommits, insertCounts, insertJournals, insertMachines } from './past-farm.ts';

export interface Seeded {
  readonly builds: number;
  readonly configFile: string;
  /** The build whose log is very long. */
  readonly longLogBuild: string | null;
}

const yearMs = 365.25 * 86_400_000;
/** Newest builds with a small log of their own. */
const smallLogs = 500;

export async function seedFarm(
  dir: string,
  options: SeedOptions,
  say: (text: string) => void,
  keys: readonly string[] = [],
): Promise<Seeded> {
  const dataDir = resolve(dir);
  const file = join(dataDir, 'croft.db');
  await (await openSqliteDatabase({ file, clock: createSystemClock(), log: silentLog })).close();
  const gitDir = join(dataDir, 'project.git');
  const shape = shapeOf(options);
  const configFile = join(dataDir, 'farm.config.json');
  await writeFile(configFile, JSON.stringify(configOf(shape, gitDir), null, 1));
  say(`${options.commits} commits`);
  const from = options.now - options.years * yearMs;
  const commits = await makeHistory(gitDir, { ...options, from, to: options.now - 60_000 });
  const bulk = openBulk(file);
  insertCommits(bulk, commits, options);
  const machines = insertMachines(bulk, shape, options, keys);
  say('builds');
  const past = insertPastBuilds(bulk, shape, commits, options, (hostType) => machines.get(hostType) ?? []);
  insertCounts(bulk, past.counts);
  insertJournals(bulk, past.newest);
  const long = past.newest.findLast(({ state }) => state === 'failed') ?? past.newest.at(-1);
  for (const { id, startedAt } of past.newest.slice(-smallLogs)) {
    if (id !== long?.id) insertLog(bulk, id, await makeLog(dataDir, id, 200, startedAt));
  }
  if (long !== undefined) {
    say(`a log of ${options.logLines} lines`);
    insertLog(bulk, long.id, await makeLog(dataDir, long.id, options.logLines, long.startedAt));
  }
  bulk.finish(say);
  const builds = Object.values(past.counts).reduce((sum, count) => sum + count, 0);
  return { builds, configFile, longLogBuild: long?.buildId ?? null };
}
