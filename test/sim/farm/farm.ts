/** The whole farm in one process: runs a story from its first event to the rest at its end, and answers what was found. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpawnRequest } from '../../../agent/platform/process.ts';
import { isFinished } from '../../../core/builds/types.ts';
import type { RunningCoordinator } from '../../../core/coordinator.ts';
import { fakeConfigFile } from '../../fakes/config-file.ts';
import { mount, mountDatabase, unmountAll } from '../disk/mounts.ts';
import { setDiskLatency } from '../disk/node-fs.ts';
import { createDisk, type FolderNode } from '../disk/tree.ts';
import { createChance } from '../kernel/chance.ts';
import { startOfDay } from '../kernel/host-clock.ts';
import { createKernel, type Kernel, world } from '../kernel/kernel.ts';
import { closeDatabases, watchTransactions } from '../machine/bun-sqlite.ts';
import { clearDiallers } from '../machine/dial.ts';
import { allProcesses, clearProcesses, type Program, type SimProcess } from '../machine/processes.ts';
import { type AgentHost, createAgentHost } from './agent-host.ts';
import { configContent } from './config.ts';
import { type CoordinatorHost, createCoordinatorHost } from './coordinator-host.ts';
import { createFaults, type Faults } from './faults.ts';
import { createInvariants, type Invariants } from './invariants.ts';
import { createLedger, type Ledger, type Violation } from './ledger.ts';
import { createNetwork } from './network.ts';
import { programOf } from './programs.ts';
import { createQueueWatch, type QueueFigures } from './queue-watch.ts';
import { createRequests } from './requests.ts';
import { createGitServer } from './source.ts';
import { coordinatorHost, type Story } from './story.ts';
import { createTrace, type TraceLine } from './trace.ts';

export interface RunOptions {
  /** Keep every line of the trace. */
  readonly keepTrace: boolean;
  /** Virtual time between two looks at the whole queue. */
  readonly lookEveryMs: number;
  /** Asks the queue and keeps what came true; the story then ends at its end, without the rest. */
  readonly askQueue?: boolean;
}

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly digest: string;
  readonly lines: readonly TraceLine[];
  readonly steps: number;
  readonly builds: number;
  readonly runs: number;
  readonly virtualMs: number;
  readonly queue: QueueFigures | null;
}

/** What may pass between the last event of the story and the end of the last build. */
const restMs = 8 * 3_600_000;

export function runStory(story: Story, options: RunOptions): Outcome {
  const dir = mkdtempSync(join(bottleFolder(), 'croft-farm-'));
  try {
    return createFarm(story, options, dir).run();
  } finally {
    closeDatabases();
    unmountAll();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** In memory where the system has such a folder: what the database writes has to survive its process, not the machine. */
function bottleFolder(): string {
  const shared = '/dev/shm';
  try {
    mkdirSync(shared, { recursive: true });
    return shared;
  } catch {
    return tmpdir();
  }
}

function createFarm(story: Story, options: RunOptions, dir: string) {
  clearProcesses();
  clearDiallers();
  unmountAll();
  mountDatabase(dir);
  const kernel = createKernel();
  const ledger = createLedger(kernel);
  const trace = createTrace(kernel, {
    keep: options.keepTrace,
    hide: dir,
    onEvent(event, fields) {
      if (event === 'build.slot-taken')
        ledger.violate('slot-offered-twice', `A slot of ${fields['machine']} was offered while it is leased`);
    },
  });
  const network = createNetwork(kernel, createChance(story.seed, 'network'));
  const git = createGitServer();
  const configFile = fakeConfigFile(configContent(story, 0));
  const cancelAsked = new Set<string>();
  const invariants = createInvariants({
    story,
    ledger,
    now: () => kernel.now,
    cancelAsked,
    isOpen: network.isOpen,
  });
  const queueWatch =
    options.askQueue === true
      ? createQueueWatch(
          kernel,
          createChance(story.seed, 'questions'),
          () => startOfDay + kernel.now,
          (build) => requests.cancelBuild(build.id),
        )
      : null;
  const tokens = new Map<string, string>();
  const agents = new Map<string, AgentHost>();
  const commits: string[] = [];
  let isOver = false;

  const coordinator = createCoordinatorHost({
    kernel,
    seed: story.seed,
    dir,
    ledger,
    network,
    git,
    trace,
    configFile,
    onStarted,
    onEnded: () => {
      if (!isOver) kernel.after(world, 5_000, () => startCoordinator());
    },
  });
  const faults = createFaults({ kernel, trace, network, git, configFile, story, coordinator, agents });
  const requests = createRequests({ kernel, trace, coordinator, cancelAsked, story });

  for (const name of [coordinatorHost, ...story.machines.map((machine) => machine.name)]) {
    const disk = createDisk(() => kernel.now, 8 * 1024 ** 3);
    mount(name, { disk, beforeChange: (call, path) => faults.beforeCall(name, call, path) });
    faults.addDisk(name, disk);
  }
  const disksLuck = createChance(story.seed, 'disks');
  setDiskLatency(() => (disksLuck.happens(0.1) ? disksLuck.exponential(3) : 0));
  watchTransactions({
    before: (statement) => faults.beforeTransaction(statement),
    after: (statement) => faults.afterTransaction(statement),
  });

  function startCoordinator(): void {
    if (!coordinator.owner.alive) coordinator.start();
  }

  function onStarted(running: RunningCoordinator): void {
    invariants.restarted();
    running.builds.onChange((build) => {
      invariants.judge(build);
      queueWatch?.changed(running, build);
      trace.add('builds', `${build.id} ${build.builder} ${build.commit.slice(0, 8)} ${build.state}`);
    });
    reconcile(running).catch((error: unknown) => ledger.violate('audit-failed', String(error)));
    if (tokens.size > 0) return;
    joinMachines(running).catch((error: unknown) => ledger.violate('no-join-token', String(error)));
  }

  async function joinMachines(running: RunningCoordinator): Promise<void> {
    for (const machine of story.machines) {
      const { token } = await running.machines.createJoinToken({
        hostType: machine.hostType,
        expiresInMs: 30 * 24 * 3_600_000,
        by: 'story',
      });
      tokens.set(machine.name, token);
      kernel.after(world, Math.max(1, machine.at - kernel.now), () => agents.get(machine.name)?.start());
    }
  }

  /** What was acknowledged has to be there; what is there counts from now on. */
  async function reconcile(running: RunningCoordinator): Promise<void> {
    for (const build of ledger.builds.values()) {
      if (isFinished(build.state)) continue;
      const stored = await running.builds.reader.build(build.id);
      if (stored === null)
        ledger.violate('write-lost', `Build ${build.id} was acknowledged and is gone after a restart`);
      else ledger.saw(stored);
    }
    for (const lease of ledger.leases.values()) {
      if (lease.ended) continue;
      const attempts = await running.builds.reader.attempts(lease.buildId);
      const attempt = attempts.find(({ id }) => id === lease.attemptId);
      if (attempt === undefined)
        ledger.violate('write-lost', `Attempt ${lease.attemptId} was acknowledged and is gone`);
      else if (attempt.state !== 'running') ledger.attemptEnded(attempt.id);
    }
  }

  function onProcess(request: SpawnRequest, process: SimProcess): Program {
    const program = programOf(story, request);
    const { CROFT_RUN: runId, CROFT_LEASE: leaseId = '', HOME: home = '' } = request.env;
    if (runId === undefined) return program;
    const workDir = home.slice(0, home.lastIndexOf('/'));
    if (ledger.runs.has(runId)) ledger.violate('run-started-twice', `Run ${runId} was started a second time`);
    for (const other of allProcesses()) {
      if (other.machine !== process.machine || other.env['HOME'] !== home) continue;
      if (other.env['CROFT_LEASE'] !== leaseId)
        ledger.violate(
          'slot-shared',
          `Run ${runId} starts in a slot where a process of lease ${other.env['CROFT_LEASE']} runs`,
        );
    }
    checkFolder(process.machine, workDir, leaseId, runId);
    ledger.runs.set(runId, {
      runId,
      leaseId,
      machine: process.machine,
      workDir,
      commit: request.env['CROFT_COMMIT'] ?? '',
      builder: request.env['CROFT_BUILDER'] ?? '',
      step: Number(runId.split('.').at(-1)),
      wroteBytes: 0,
      exit: undefined,
    });
    trace.add(process.machine, `process ${process.pid} begins as run ${runId}`);
    return program;
  }

  /** Every run leaves a file with the name of its lease; no other lease's may be there. */
  function checkFolder(machine: string, workDir: string, leaseId: string, runId: string): void {
    const disk = faults.disk(machine);
    let folder: FolderNode = disk.root;
    for (const name of `${workDir}/src`.split('/').filter(Boolean).slice(2)) {
      const next = folder.names.get(name);
      if (next?.kind !== 'folder') return;
      folder = next;
    }
    for (const name of folder.names.keys()) {
      if (name.startsWith('mark-') && name !== `mark-${leaseId}`)
        ledger.violate('slot-not-clean', `Run ${runId} finds ${name} of another lease`);
    }
    folder.names.set(`mark-${leaseId}`, disk.newFile(0o644));
  }

  for (const machine of story.machines) {
    agents.set(
      machine.name,
      createAgentHost({
        kernel,
        seed: story.seed,
        machine,
        network,
        trace,
        joinToken: () => tokens.get(machine.name) ?? '',
        hooks: {
          program: onProcess,
          onEnd(process, exit, wroteBytes) {
            const run = ledger.runs.get(process.env['CROFT_RUN'] ?? '');
            if (run === undefined || run.exit !== undefined) return;
            run.exit = exit;
            run.wroteBytes = wroteBytes;
            trace.add(
              process.machine,
              `process ${process.pid} ends (${exit.signal ?? exit.exitCode}) after ${wroteBytes} bytes`,
            );
          },
        },
        onEnded: () => {
          if (!isOver) kernel.after(world, 3_000, () => faults.startAgent(machine.name));
        },
      }),
    );
  }

  for (const push of story.pushes) {
    kernel.after(world, push.at, () => {
      const hashes = git.push(push.branch, push.commits);
      commits.push(...hashes);
      trace.add('git', `${push.commits} commits on ${push.branch}, head ${hashes.at(-1)?.slice(0, 8)}`);
    });
  }
  for (const request of story.requests) kernel.after(world, request.at, () => requests.make(request));
  for (const fault of story.faults) kernel.after(world, fault.at, () => faults.begin(fault));

  function inCoordinator(run: (running: RunningCoordinator) => void): void {
    const { running, owner } = coordinator;
    if (running !== undefined && owner.alive) kernel.after(owner, 0, () => run(running));
  }

  function lookRegularly(): void {
    if (isOver) return;
    inCoordinator(invariants.lookAtQueue);
    if (queueWatch !== null) inCoordinator(queueWatch.ask);
    kernel.after(world, options.lookEveryMs, lookRegularly);
  }

  return {
    run(): Outcome {
      kernel.after(world, 0, startCoordinator);
      kernel.after(world, 1_000, lookRegularly);
      const failed = () => ledger.violations.length > 0;
      while (!failed() && kernel.step(story.durationMs));
      const mayRest = options.askQueue !== true;
      if (!failed() && mayRest) rest(kernel, story, faults, requests, ledger, commits);
      if (!failed() && mayRest) finalAudit();
      isOver = true;
      trace.add(
        'world',
        `over: ${ledger.builds.size} builds, ${ledger.runs.size} runs, ${ledger.violations.length} violations`,
      );
      return {
        violations: ledger.violations,
        digest: trace.digest(),
        lines: trace.lines,
        steps: kernel.steps,
        builds: ledger.builds.size,
        runs: ledger.runs.size,
        virtualMs: kernel.now,
        queue: queueWatch?.figures() ?? null,
      };
    },
  };

  function finalAudit(): void {
    let done = false;
    inCoordinator((running) => {
      invariants
        .audit(running, commits)
        .catch((error: unknown) =>
          ledger.violate(
            'audit-failed',
            error instanceof Error ? (error.stack ?? error.message) : String(error),
          ),
        )
        .finally(() => {
          done = true;
        });
    });
    const limit = kernel.now + 600_000;
    while (!done && kernel.step(limit));
    if (!done) ledger.violate('audit-failed', 'The coordinator did not answer');
  }
}

/** Everything heals, people put machines back to work, and the farm has to finish what it has. */
function rest(
  kernel: Kernel,
  story: Story,
  faults: Faults,
  requests: ReturnType<typeof createRequests>,
  ledger: Ledger,
  commits: readonly string[],
): void {
  faults.healAll();
  const limit = story.durationMs + restMs;
  const wanted = commits.length * story.builders.length;
  function isAtRest(): boolean {
    let created = 0;
    for (const build of ledger.builds.values()) {
      if (!isFinished(build.state)) return false;
      if (build.trigger === 'commit') created++;
    }
    return created >= wanted;
  }
  while (kernel.now < limit && ledger.violations.length === 0) {
    requests.putMachinesBack();
    const until = Math.min(limit, kernel.now + 10_000);
    while (kernel.step(until) && ledger.violations.length === 0);
    if (isAtRest()) return;
  }
  if (ledger.violations.length > 0) return;
  const open = [...ledger.builds.values()].filter(({ state }) => !isFinished(state));
  const [first] = open;
  if (first === undefined)
    ledger.violate('commit-not-built-once', `${wanted} builds should be there and ${ledger.builds.size} are`);
  else
    ledger.violate(
      'never-ended',
      `${open.length} builds never ended; ${first.id} (${first.builder}) is ${first.state}`,
    );
}

export type { CoordinatorHost, Invariants };
