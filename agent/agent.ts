/** The agent without its process: what `main.ts` starts, and what a test can start in its own. */

import type { AgentConfig } from './config.ts';
import { createArchiveCache } from './files/archive-cache.ts';
import { createFiles } from './files/files.ts';
import type { AgentFolder } from './folder.ts';
import { createHandlers, createNoticeHandlers } from './handlers.ts';
import { holdings } from './holdings.ts';
import type { Clock } from './kit/clock.ts';
import type { Randomness } from './kit/ids.ts';
import type { Log } from './kit/log.ts';
import { openCgroups } from './leases/cgroup.ts';
import { createLeases } from './leases/leases.ts';
import { createPidClock } from './leases/pid-clock.ts';
import { recover } from './leases/recover.ts';
import { openSlotTable } from './leases/slot-table.ts';
import { dial } from './link/dial.ts';
import { createFreshIdentity, type Identity } from './link/identity.ts';
import { createLink } from './link/link.ts';
import type { Runtime } from './platform/runtime.ts';
import { createRuns } from './runs/runs.ts';
import { createSpoolBudget } from './runs/spool-budget.ts';
import { describePlatform, readStatus } from './status.ts';
import { FarmError } from './wire/farm-error.ts';
import type { MachineStatus, Welcome } from './wire/protocol.ts';
import type { Session } from './wire/session.ts';

export interface AgentDeps {
  readonly config: AgentConfig;
  readonly folder: AgentFolder;
  readonly identity: Identity;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly version: string;
  readonly onConnected: (welcome: Welcome) => void;
}

export interface Agent {
  /** Serves until a refusal ends it, which it gives, or until `stop`. */
  run(): Promise<FarmError | undefined>;
  /** Takes no more leases, stops what runs, tells the coordinator, and ends `run`. Gives how many runs it stopped. */
  stop(): Promise<number>;
  /** Waits for nothing polite any longer. */
  hurry(): void;
}

const statusEveryMs = 30_000;
/** What runs get to end by themselves, and the coordinator to hear how they ended, when the agent goes down. */
const stopPatienceMs = { runs: 10_000, told: 2_000 } as const;

/** Ends what an earlier agent on this folder left; the folder's lock is held. */
export async function createAgent(deps: AgentDeps): Promise<Agent> {
  const { clock, log, config } = deps;
  const parts = await createParts(deps);
  const { leases, runs, cgroups } = parts;
  const ending = new AbortController();
  const hurrying = new AbortController();
  const sendings = new Set<Promise<void>>();
  let session: Session | undefined;
  let stopping: Promise<number> | undefined;

  function onAttached(sending: Promise<void>): void {
    sendings.add(sending);
    void sending.finally(() => sendings.delete(sending));
  }

  const link = createLink({
    ...deps,
    dial: () => dial({ ...config, clock }),
    freshIdentity: () => createFreshIdentity(deps.folder.identity),
    joinToken: config.joinToken,
    introduce: () => ({
      name: config.name,
      ...(config.hostType === undefined ? {} : { hostType: config.hostType }),
      slots: config.slots,
      platform: describePlatform(deps.runtime, deps.version),
      status: parts.status(),
      ...holdings(leases, runs),
    }),
    handlers: createHandlers({ ...parts, onAttached }),
    notices: createNoticeHandlers(runs),
    onWelcome: ({ keepLeases }) => void leases.keepOnly(keepLeases),
    onConnected(connected, welcome) {
      session = connected;
      sendStatus(connected, parts.status, clock);
      deps.onConnected(welcome);
    },
  });

  async function stopNow(): Promise<number> {
    leases.setDraining(true);
    session?.notify('agent.draining', {});
    const live = runs.live();
    for (const run of live) run.abandon();
    await settledWithin(
      clock,
      live.map((run) => run.ended),
      stopPatienceMs.runs,
      hurrying.signal,
    );
    await leases.killProcesses();
    await settledWithin(
      clock,
      live.map((run) => run.ended),
      stopPatienceMs.told,
      hurrying.signal,
    );
    await settledWithin(clock, [...sendings], stopPatienceMs.told, hurrying.signal);
    ending.abort(
      new FarmError('shutting_down', 'The agent was stopped', { blame: 'machine', retry: 'elsewhere' }),
    );
    cgroups?.close();
    log.info('agent.stopped', { runs: live.length });
    return live.length;
  }

  return {
    run: () => link.run(ending.signal),
    stop() {
      stopping ??= stopNow();
      return stopping;
    },
    hurry: () => hurrying.abort(),
  };
}

async function createParts(deps: AgentDeps) {
  const { clock, log, config, folder, runtime, randomness } = deps;
  const { spawn, pause } = runtime;
  const reset = { clock, spawn, pause, pidClock: createPidClock(clock) };
  const cgroups = openCgroups(folder.root);
  const table = openSlotTable(folder.slots, config.slots);
  await recover({ ...reset, log, folder, table });
  const budget = createSpoolBudget(config.spoolBytes, clock);
  const runs = createRuns({
    clock,
    log,
    spawn,
    budget,
    environment: config.environment,
    folder: folder.runs,
  });
  const leases = createLeases({
    ...reset,
    log,
    runs,
    table,
    cgroups,
    workFolder: folder.work,
    slots: config.slots,
  });
  const held = new Set(leases.list().map(({ leaseId }) => leaseId));
  for (const { leaseId } of runs.reports()) if (!held.has(leaseId)) runs.forget(leaseId);
  const cache = createArchiveCache({
    clock,
    randomness,
    folder: folder.cache,
    limitBytes: config.cacheBytes,
  });
  const files = createFiles({ clock, randomness, pause, cache, stageFolder: folder.stage });
  function status(): MachineStatus {
    return readStatus(folder.root, {
      slots: config.slots,
      busySlots: leases.list().length,
      draining: leases.isDraining,
    });
  }
  return { runs, leases, cgroups, files, status };
}

function sendStatus(session: Session, status: () => MachineStatus, clock: Clock): void {
  let timer = clock.after(statusEveryMs, send);
  function send(): void {
    session.notify('machine.status', status());
    timer = clock.after(statusEveryMs, send);
  }
  void session.closed.then(() => timer.cancel());
}

/** Resolves when all have settled, after `ms`, or when `hurry` fires. */
async function settledWithin(
  clock: Clock,
  promises: readonly Promise<unknown>[],
  ms: number,
  hurry: AbortSignal,
): Promise<void> {
  const enough = new AbortController();
  const limit = clock.sleep(ms, AbortSignal.any([hurry, enough.signal])).catch(() => undefined);
  await Promise.race([Promise.allSettled(promises), limit]);
  enough.abort();
}
