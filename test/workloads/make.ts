/**
 * Makes git repositories of real projects: `bun test/workloads/make.ts NAME... --dir DIR`, where NAME may be `all`. They are in
 * DIR/repositories, what was fetched for them in DIR/cache. A second run finds them and does nothing.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { explained, run } from './command.ts';
import { makeHistory } from './history.ts';
import { fetchReleases } from './registries.ts';
import type { Workload } from './types.ts';
import { workloads } from './workloads.ts';

/** The repository of one workload, made when it is not there. Answers its folder. */
export function makeWorkload(workload: Workload, dir: string): string {
  mkdirSync(join(dir, 'repositories'), { recursive: true });
  return makeHistory(workload, join(dir, 'repositories', workload.name), () =>
    fetchReleases(workload, join(dir, 'cache')),
  );
}

/** Throws, naming what there is, for a name that no workload has. */
export function chosenWorkloads(names: readonly string[]): readonly Workload[] {
  if (names.includes('all')) return workloads;
  return names.map((name) => {
    const found = workloads.find((workload) => workload.name === name);
    if (found !== undefined) return found;
    throw new Error(
      `No workload is called "${name}"; there are: ${workloads.map((one) => one.name).join(', ')}, all`,
    );
  });
}

function main(): void {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: { dir: { type: 'string' } },
    allowPositionals: true,
  });
  if (values.dir === undefined || positionals.length === 0) {
    throw new Error(
      `Usage: make.ts NAME... --dir DIR; there are: ${workloads.map((one) => one.name).join(', ')}, all`,
    );
  }
  for (const workload of chosenWorkloads(positionals)) {
    const repository = makeWorkload(workload, resolve(values.dir));
    const commits = run('git', ['rev-list', '--count', 'main'], { cwd: repository });
    process.stdout.write(`${workload.name}: ${commits} commits in ${repository}\n`);
  }
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    process.stderr.write(`workloads: ${explained(error)}\n`);
    process.exitCode = 1;
  }
}
