/**
 * Real input through a real farm: `bun test/workloads/run.ts --dir DIR --out DIR [--only NAMES] [--history N] [--slots N]
 * [--minutes N] [--keep]`.
 * Makes the repositories (make.ts), builds their histories and Croft's own with one agent, and writes `workloads.md` and
 * `workloads.json` to --out. Ends with status 1 when a verdict is not what the table of workloads says, or a build has none.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Build } from '../../edge/api/model.ts';
import { startFarm, type TestFarm } from '../farm/farm.ts';
import { explained, run } from './command.ts';
import { cloneOfCroft, croftBuilders, croftName } from './croft.ts';
import { farmConfig, machineCaches, passedEnvironment, type Subject } from './farm-config.ts';
import { buildFigures, inMarkdown, type RepositoryFigures, type RunFigures } from './figures.ts';
import { subjectOf } from './history.ts';
import { chosenWorkloads, makeWorkload } from './make.ts';
import { type RunOptions, readRunOptions } from './run-options.ts';
import { workloads } from './workloads.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

function makeSubjects({ dir, only, history }: RunOptions): readonly Subject[] {
  const real = chosenWorkloads(only.filter((name) => name !== croftName)).map((workload) => ({
    name: workload.name,
    url: makeWorkload(workload, dir),
    builders: workload.builders,
    history,
  }));
  if (!only.includes(croftName)) return real;
  return [...real, { name: croftName, url: cloneOfCroft(dir), builders: croftBuilders, history }];
}

/** Commits of the subject that the farm is to build, as git counts them along the first parents. */
function commitsOf({ url, history }: Subject): number {
  return Math.min(
    history,
    Number(run('git', ['rev-list', '--count', '--first-parent', 'main'], { cwd: url })),
  );
}

/** All builds of a subject once they have ended, or as they stand at the deadline. */
async function builtAll(farm: TestFarm, subject: Subject, deadlineMs: number): Promise<readonly Build[]> {
  const wanted = commitsOf(subject) * subject.builders.length;
  const told = new Set<string>();
  const end = performance.now() + deadlineMs;
  for (;;) {
    const builds = await farm.api.builds(`&repo=${subject.name}`);
    const ended = builds.filter((build) => build.endedAt !== null);
    for (const build of ended.filter(({ id }) => !told.has(id))) {
      told.add(build.id);
      say(`${build.state.padEnd(9)} ${subject.name} ${build.commit.slice(0, 10)} ${build.builder}`);
    }
    if (ended.length === wanted && builds.length === wanted) return builds;
    if (performance.now() > end) {
      say(`${subject.name}: ${ended.length} of ${wanted} builds have ended, and the time is over`);
      return builds;
    }
    await Bun.sleep(1_000);
  }
}

/** What the table of workloads says of a commit; null for Croft's own history, of which it says nothing. */
function expectedState(name: string, subject: string): 'passed' | 'failed' | null {
  const workload = workloads.find((one) => one.name === name);
  if (workload === undefined) return null;
  const red = Object.keys(workload.red).some((version) => subjectOf(name, version) === subject);
  return red ? 'failed' : 'passed';
}

async function figuresOf(
  farm: TestFarm,
  subject: Subject,
  builds: readonly Build[],
): Promise<RepositoryFigures> {
  const order = run('git', ['rev-list', '--first-parent', 'main'], { cwd: subject.url }).split('\n');
  const details = await Promise.all(builds.map(({ id }) => farm.api.build(id)));
  const rank = (commit: string) => order.indexOf(commit);
  const inOrder = details.toSorted(
    (a, b) => rank(a.commit) - rank(b.commit) || a.builder.localeCompare(b.builder),
  );
  return {
    name: subject.name,
    wanted: commitsOf(subject) * subject.builders.length,
    commits: new Set(builds.map(({ commit }) => commit)).size,
    builds: inOrder.map((build) =>
      buildFigures(build, expectedState(subject.name, build.commitDetail?.subject ?? '')),
    ),
  };
}

async function measure(
  farm: TestFarm,
  subjects: readonly Subject[],
  options: RunOptions,
): Promise<RunFigures> {
  const loadAtStart = loadavg()[0] ?? 0;
  await farm.startAgent('worker', { slots: options.slots });
  const startedAt = new Date();
  const builds = await Promise.all(subjects.map((subject) => builtAll(farm, subject, options.deadlineMs)));
  const ends = builds.flat().flatMap(({ endedAt }) => (endedAt === null ? [] : [Date.parse(endedAt)]));
  const since = (at: number) => at - startedAt.getTime();
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'a processor'}`,
    slots: options.slots,
    startedAt: startedAt.toISOString(),
    wallMs: ends.length === 0 ? 0 : since(Math.max(...ends)),
    firstVerdictMs: ends.length === 0 ? null : since(Math.min(...ends)),
    loadAtStart,
    loadAtEnd: loadavg()[0] ?? 0,
    repositories: await Promise.all(
      subjects.map((subject, index) => figuresOf(farm, subject, builds[index] ?? [])),
    ),
  };
}

/** Builds whose end says something that nobody expected. */
function surprises(figures: RunFigures): readonly string[] {
  return figures.repositories.flatMap(({ name, wanted, builds }) => [
    ...(builds.length === wanted ? [] : [`${name}: ${builds.length} builds instead of ${wanted}`]),
    ...builds
      .filter((build) => build.surprise !== null || !['passed', 'failed'].includes(build.state))
      .map(
        (build) =>
          `${name} ${build.subject} ${build.builder}: ${build.state}, ${build.surprise ?? build.message}`,
      ),
  ]);
}

async function main(): Promise<number> {
  const options = readRunOptions(process.argv.slice(2));
  const env = { ...passedEnvironment(process.env), ...machineCaches(join(options.dir, 'cache', 'builds')) };
  const subjects = makeSubjects(options);
  const farm = await startFarm(farmConfig(subjects, env));
  const stopAsked = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
  });
  try {
    say(`The farm is at ${farm.url}, its folder is ${farm.dir}`);
    const stopped = stopAsked.then(() => null);
    const figures = await Promise.race([measure(farm, subjects, options), stopped]);
    if (figures === null) return 130;
    mkdirSync(options.out, { recursive: true });
    writeFileSync(join(options.out, 'workloads.json'), `${JSON.stringify(figures, null, 2)}\n`);
    writeFileSync(join(options.out, 'workloads.md'), `${inMarkdown(figures)}\n`);
    say(`\n${inMarkdown(figures)}`);
    const wrong = surprises(figures);
    for (const line of wrong) say(`SURPRISE ${line}`);
    if (options.keep) {
      say(`\nKept for you at ${farm.url}; Ctrl-C ends it`);
      await stopAsked;
    }
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await farm.stop();
  }
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`workloads: ${explained(error)}\n`);
  process.exit(1);
}
