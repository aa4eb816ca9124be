/** What a newcomer sees: `croft start` in a repository, and the command line beside it. */
import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import type { Build } from '../../edge/api/model.ts';
import { type Command, createWorkplace, kill, until, type Workplace } from './workplace.ts';

const deadlineMs = 120_000;

async function started(place: Workplace, ...args: readonly string[]): Promise<Command> {
  const start = place.croft('start', '--port', '0', ...args);
  await until('the line on standard output', () => {
    return /^Croft is at http:\/\/localhost:\d+\n$/.test(start.out()) || ended(start);
  });
  return start;
}

/** So that a failure shows what was said instead of a time limit. */
function ended(start: Command): false {
  if (start.ended() !== null) throw new Error(`croft start ended with ${start.ended()}: ${start.err()}`);
  return false;
}

async function builds(place: Workplace): Promise<readonly Build[]> {
  const lines = (await place.answer(0, 'builds', '--json')).trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Build);
}

async function firstBuild(place: Workplace, state: Build['state']): Promise<Build> {
  return await until(`a build that is ${state}`, async () =>
    (await builds(place)).find((one) => one.state === state),
  );
}

test(
  'from an empty data folder to the first green square, and a clean end with Ctrl-C',
  async () => {
    const pkg = { name: 'app', scripts: { test: 'echo it works' } };
    await using place = createWorkplace({ 'package.json': JSON.stringify(pkg) });
    const start = await started(place);
    await until('the first verdict', () => start.err().includes('✓ passed'));
    expect(start.err()).toContain('steps from package.json: npm test');
    expect(start.err()).toContain('croft.json');
    const { id } = await firstBuild(place, 'passed');
    expect(await place.answer(0, 'log', id)).toContain('it works');
    await place.answer(0, 'status');
    start.signalGroup('SIGINT');
    expect(await start.exitCode).toBe(0);
    expect(start.out().split('\n')).toHaveLength(2);
    expect(start.err()).toContain('croft: stopped');
    await until('nothing is left', () => place.processes().length === 0);
    expect(readdirSync(place.dir).sort()).toEqual(['.croft', '.git', 'package.json']);
  },
  deadlineMs,
);

test(
  'a red build makes the command line exit with 1, and one that is not there with 3',
  async () => {
    await using place = createWorkplace({ 'croft.json': '{"steps": ["echo one", "echo two; exit 3"]}' });
    await started(place);
    const { id } = await firstBuild(place, 'failed');
    expect(await place.answer(1, 'log', '-f', id)).toContain('two');
    expect(await place.answer(0, 'why', id)).toContain('croft.json');
    await place.answer(1, 'retry', '-f', id);
    await place.answer(3, 'log', 'bld_nothing');
  },
  deadlineMs,
);

const slowSteps = { steps: ['for i in $(seq 1 40); do echo "line $i"; sleep 0.1; done'] };
const slowLines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
const linesOf = (text: string) => text.split('\n').filter((line) => /^line \d+$/.test(line));

test(
  'a killed coordinator is started again; the build goes on, and log -f misses and doubles nothing',
  async () => {
    await using place = createWorkplace({ 'croft.json': JSON.stringify(slowSteps) });
    const start = await started(place);
    const { id } = await firstBuild(place, 'running');
    const follow = place.croft('log', '-f', id);
    await until('some output', () => follow.out().includes('line 5\n'));
    kill(place.pidOf('coordinator.pid'));
    expect(await follow.exitCode).toBe(0);
    expect(linesOf(follow.out())).toEqual(slowLines);
    expect(follow.err()).toContain('trying again');
    expect(start.err()).toContain('the coordinator stopped unasked (signal SIGKILL)');
    expect(await firstBuild(place, 'passed')).toMatchObject({ id, attempts: 1 });
  },
  deadlineMs,
);

test(
  'killed all at once, the next start takes the build up again and ends it green',
  async () => {
    await using place = createWorkplace({ 'croft.json': JSON.stringify(slowSteps) });
    const first = await started(place);
    const { id } = await firstBuild(place, 'running');
    const agent = place.pidOf('agent.json');
    first.signalGroup('SIGKILL');
    kill(place.pidOf('coordinator.pid'));
    await first.exitCode;
    const second = place.croft('start');
    await until('adoption', () => second.err().includes(`the local agent runs already (process ${agent})`));
    expect(await firstBuild(place, 'passed')).toMatchObject({ id, attempts: 1 });
    expect(linesOf(await place.answer(0, 'log', id))).toEqual(slowLines);
    second.signalGroup('SIGINT');
    expect(await second.exitCode).toBe(0);
    await until('nothing is left', () => place.processes().length === 0);
  },
  deadlineMs,
);
