/**
 * A farm whose coordinator or agent dies at a write of our choice. One farm serves many rounds: each round is a fresh commit with one
 * build, through which the program is killed once and started again; what the build came to is compared with a round that nobody
 * disturbed.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildDetail } from '../../edge/api/model.ts';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { type Program, until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';
import type { KillPlan } from './failpoint.ts';

export type Victim = 'coordinator' | 'agent';

/** What a build came to, without what is different in every build. */
export interface BuildEnd {
  readonly state: string;
  readonly blame: string | null;
  readonly attempts: number;
  /** Why attempts before the last one ended. */
  readonly lost: readonly string[];
  readonly steps: readonly string[];
  readonly log: string;
  readonly artifacts: readonly string[];
  /** Attempts that really ran each step, as the steps themselves noted it where no farm can take it back. */
  readonly ran: readonly string[];
  /** Live logs, processes, leases and runs that are there though nothing runs. */
  readonly leftovers: readonly string[];
}

export interface Round {
  readonly deaths: number;
  readonly end: BuildEnd;
}

export interface KilledFarm {
  /** Builds once and answers the names of all writes on the way, in order, and what the build came to. */
  record(): Promise<{ readonly writes: readonly string[]; readonly end: BuildEnd }>;
  /** Builds once and kills the victim as planned; `again` is the plan for the program that is started after it. */
  round(plan: KillPlan, again?: KillPlan): Promise<Round>;
  /** What the victim wrote since it was started last. */
  writes(): readonly string[];
  stop(): Promise<void>;
}

const deadlineMs = 60_000;
const lastWritesMs = 300;

/** Both note that they ran, and in which attempt, outside of everything that a farm keeps. */
function steps(scratch: string): readonly string[] {
  const note = (step: number) => `echo "$CROFT_ATTEMPT" >> ${scratch}/ran/$CROFT_COMMIT.${step}`;
  // One write of the system each, so that what an agent writes down does not depend on how fast it reads.
  const write = 'seq -f "line %g" 400; sleep 0.1; seq -f "more %g" 400';
  return [
    `# first\n${note(1)}; ${write}; sleep 0.2; echo end`,
    `# second\n${note(2)}; mkdir -p out; cat change > out/made; printf 'no newline'`,
  ];
}

export async function startKilledFarm(victim: Victim): Promise<KilledFarm> {
  const scratch = mkdtempSync(join(tmpdir(), 'croft-faults-'));
  const planFile = join(scratch, 'plan');
  mkdirSync(join(scratch, 'ran'));
  writeFileSync(planFile, '');
  const repository = makeRepository(join(scratch, 'repo'));
  repository.commit({ change: '0\n' });
  const farm = await startFarmOn(victim, { scratch, planFile, repository: repository.dir });
  const agentDir = join(farm.dir, 'agents', 'a');
  let rounds = 0;
  let checks: readonly string[] = [];

  async function startAgent(): Promise<void> {
    const env = { CROFT_FAULT_ROOT: agentDir, ...(victim === 'agent' ? { CROFT_FAULT: planFile } : {}) };
    await farm.startAgent('a', { script: 'test/faults/agent-main.ts', env });
  }
  function program(): Program {
    const found = victim === 'coordinator' ? farm.coordinator : farm.agents.get('a');
    if (found === undefined) throw new Error('The victim was not started');
    return found;
  }
  function writes(): readonly string[] {
    if (!existsSync(`${planFile}.seen`)) return [];
    return readFileSync(`${planFile}.seen`, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }
  async function arm(plan: KillPlan | null): Promise<void> {
    const text = plan === null ? '' : JSON.stringify(plan);
    writeFileSync(planFile, text);
    rmSync(`${planFile}.ready`, { force: true });
    program().signal('SIGUSR2');
    await until('the plan is read', () => existsSync(`${planFile}.ready`));
  }
  function commitChange(): string {
    rounds += 1;
    return repository.commit({ change: `${rounds}\n` });
  }
  /** Asks the coordinator, and again when it is not there. */
  async function buildOf(commit: string): Promise<BuildDetail | null> {
    try {
      const [build] = await farm.api.builds(`&commit=${commit}`);
      return build === undefined ? null : await farm.api.build(build.id);
    } catch (error) {
      if (victim === 'coordinator') return null;
      throw error;
    }
  }
  async function finished(commit: string): Promise<BuildDetail> {
    return await until(
      `the build of round ${rounds} is finished`,
      async () => {
        const build = await buildOf(commit);
        return build !== null && build.endedAt !== null ? build : null;
      },
      deadlineMs,
    );
  }
  /** Waits until the victim is dead, or the build is over and it lives on. */
  async function diesDuring(commit: string): Promise<boolean> {
    const victimNow = program();
    async function isOver(): Promise<boolean> {
      if (!victimNow.running()) return true;
      const build = await buildOf(commit);
      return build !== null && build.endedAt !== null;
    }
    await until('the victim is killed or the build is over', isOver, deadlineMs);
    // The last writes come after the end that everybody sees.
    return await until('it dies', () => !victimNow.running(), lastWritesMs).catch(() => false);
  }
  async function endOf(commit: string): Promise<BuildEnd> {
    const build = await finished(commit);
    await until(
      'the machine is free',
      async () => {
        const machines = await farm.api.machines();
        return machines.every(
          ({ state, slots }) => state === 'idle' && slots.every((slot) => slot.state === 'free'),
        );
      },
      deadlineMs,
    );
    checks = leftovers(farm, agentDir, build.id);
    if (checks.length > 0)
      await until(
        'nothing is left',
        () => {
          checks = leftovers(farm, agentDir, build.id);
          return checks.length === 0;
        },
        5_000,
      ).catch(() => undefined);
    return await describe(farm, scratch, build, checks);
  }

  try {
    await startAgent();
    const [first] = await until('the first commit is found', async () => {
      const builds = await farm.api.builds();
      return builds.length > 0 ? builds : null;
    });
    await farm.api.finished(first?.id ?? '');
  } catch (error) {
    await stop();
    throw error;
  }

  async function stop(): Promise<void> {
    await farm.stop();
    rmSync(scratch, { recursive: true, force: true });
  }

  return {
    async record() {
      await arm(null);
      const end = await endOf(commitChange());
      return { writes: writes(), end };
    },
    async round(plan, again) {
      await arm(plan);
      const commit = commitChange();
      let deaths = (await diesDuring(commit)) ? 1 : 0;
      if (deaths > 0 && again !== undefined) {
        writeFileSync(planFile, JSON.stringify(again));
        await restart().catch((error: unknown) => {
          // It may be meant to die while it starts.
          if (program().running()) throw error;
        });
        if (await diesDuring(commit)) deaths += 1;
      }
      writeFileSync(planFile, '');
      if (!program().running()) await restart();
      return { deaths, end: await endOf(commit) };
    },
    writes,
    stop,
  };

  async function restart(): Promise<void> {
    if (victim === 'agent') await startAgent();
    else await farm.startCoordinator();
  }
}

async function startFarmOn(
  victim: Victim,
  place: { readonly scratch: string; readonly planFile: string; readonly repository: string },
): Promise<TestFarm> {
  const builders = [
    { name: 'b', hostType: 'local', steps: steps(place.scratch), artifacts: ['out/**'], attempts: 5 },
  ];
  const policies = { quarantineAfter: 1000 };
  try {
    return await startFarm(
      configFor(place.repository, builders, policies),
      victim === 'coordinator'
        ? {
            coordinatorScript: 'test/faults/coordinator-main.ts',
            coordinatorEnv: { CROFT_FAULT: place.planFile },
          }
        : {},
    );
  } catch (error) {
    rmSync(place.scratch, { recursive: true, force: true });
    throw error;
  }
}

async function describe(
  farm: TestFarm,
  scratch: string,
  build: BuildDetail,
  left: readonly string[],
): Promise<BuildEnd> {
  const artifacts = await Promise.all(
    build.artifacts.map(async ({ path, url }) => {
      const response = await farm.api.request('GET', new URL(url, farm.url).pathname);
      const text = await response.text();
      const change = readFileSync(join(scratch, 'repo', 'change'), 'utf8');
      return `${path}: ${response.status} ${text === change ? 'the right bytes' : `"${text}"`}`;
    }),
  );
  const log = await farm.api.log(build.id);
  const notes = readdirSync(join(scratch, 'ran')).filter((name) => name.startsWith(build.commit));
  return {
    state: build.state,
    blame: build.blame,
    attempts: build.attempts,
    lost: build.attemptList.slice(0, -1).map(({ error }) => error?.message ?? 'no reason'),
    steps: (build.attemptList.at(-1)?.spans ?? []).map(({ step, state }) => `${step} ${state}`),
    log: log
      .replaceAll(build.id, 'BUILD')
      .replaceAll(build.commit, 'COMMIT')
      .replace(/attempt \d+ of/, 'attempt N of')
      .replace(/\d+(\.\d+)? ?(ms|s)\b/g, 'TIME'),
    artifacts,
    ran: notes.sort().map((name) => {
      const attempts = readFileSync(join(scratch, 'ran', name), 'utf8')
        .trim()
        .split('\n');
      return `step ${name.split('.')[1]} in attempts ${attempts.join(', ')}`;
    }),
    leftovers: left,
  };
}

function leftovers(farm: TestFarm, agentDir: string, buildId: string): string[] {
  const below = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
  const logs = below(join(farm.dir, 'data', 'logs')).map((name) => `live log ${name}`);
  const runs = below(join(agentDir, 'runs'))
    .filter((name) => name !== 'spare')
    .map((name) => `run ${name}`);
  const staged = below(join(agentDir, 'stage')).map((name) => `stage ${name}`);
  const work = below(join(agentDir, 'work', '0'))
    .filter((name) => !['.home', '.tmp'].includes(name))
    .map((name) => `work ${name}`);
  return [...logs, ...runs, ...staged, ...work, ...processesOf(buildId).map((pid) => `process ${pid}`)];
}

function processesOf(buildId: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`CROFT_BUILD=${buildId}`);
    } catch {
      // Gone meanwhile.
      return false;
    }
  });
}
