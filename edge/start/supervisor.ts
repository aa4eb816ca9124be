/**
 * `croft start`: keeps a coordinator and a local agent alive, each as a process of its own that outlives this one, and tells
 * how the first build comes along. It decides nothing about the farm.
 */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import type { FarmClient } from '../cli/client.ts';
import type { StartOptions } from '../cli/start-options.ts';
import type { CoordinatorRecord, DataFolder } from './data-folder.ts';
import { chooseHostType, createFarmLink, type FarmLink, localUrl } from './farm-link.ts';
import { narrate } from './narration.ts';
import { createPart, type Part } from './part.ts';
import { rotateLog } from './part-log.ts';
import { agentSpec, type CoordinatorState, coordinatorSpec } from './parts.ts';
import type { Processes } from './processes.ts';
import type { Programs } from './programs.ts';
import type { Git } from './repository.ts';
import { readWish, type Settled, settle } from './settle.ts';
import { takeOver } from './take-over.ts';
import { untilAnswered } from './until-answered.ts';

export interface SupervisorDeps {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly processes: Processes;
  readonly programs: Programs;
  readonly folder: DataFolder;
  readonly git: Git;
  readonly createClient: (url: string, token: string | null) => FarmClient;
  readonly cwd: string;
  readonly defaultPort: number;
  readonly env: Readonly<Record<string, string>>;
  readonly self: { readonly pid: number; readonly command: readonly string[] | null };
  readonly machineName: string;
  /** One line for the person; standard error. */
  readonly say: (line: string) => void;
  /** The line that others wait for; standard output. */
  readonly announce: (line: string) => void;
}

/** `stop`: end everything. `leave`: end only this process. `kill`: end everything at once. */
export interface SupervisorSignals {
  readonly stop: AbortSignal;
  readonly leave: AbortSignal;
  readonly kill: AbortSignal;
}

const logLookMs = 30_000;
const slowStartMs = 15_000;
const readyLookMs = 100;

/** Resolves when all that had to be stopped is stopped; rejects when the farm could not be started at all. */
export async function supervise(
  deps: SupervisorDeps,
  options: StartOptions,
  signals: SupervisorSignals,
): Promise<void> {
  const over = new AbortController();
  const ending = AbortSignal.any([signals.stop, signals.leave, over.signal]);
  const parts: Part[] = [];
  try {
    // Whatever may be wrong with the options is found before anything that runs is touched.
    const wish = await readWish(deps, options);
    await takeOver(deps);
    await runFarm(deps, await settle(deps, options, wish), parts, ending);
  } catch (error) {
    if (!signals.stop.aborted && !signals.leave.aborted) throw error;
  } finally {
    over.abort();
    if (!signals.leave.aborted) await stopAll(deps, parts, signals.kill);
  }
}

async function runFarm(
  deps: SupervisorDeps,
  settled: Settled,
  parts: Part[],
  ending: AbortSignal,
): Promise<void> {
  const link = createFarmLink(deps);
  const state: CoordinatorState = { arguments: settled.coordinator, wasReady: false };
  const coordinator = createPart(deps, coordinatorSpec(deps, state));
  parts.push(coordinator);
  const watching = coordinator.run(ending);
  const record = await Promise.race([watching.then(() => null), untilReady(deps, link, coordinator, ending)]);
  if (record === null) return;
  state.wasReady = true;
  state.arguments = { ...state.arguments, port: record.port };
  const url = localUrl(record.port);
  deps.announce(`Croft is at ${url}`);
  const watches = [watching, keepLogsSmall(deps, ending)];
  watches.push(narrate({ clock: deps.clock, client: link.client(url), farmUrl: url, say: deps.say }, ending));
  if (settled.localAgent) {
    const agent = await localAgent(deps, link, { url, hostType: settled.hostType }, ending);
    if (agent !== null) {
      parts.push(agent);
      watches.push(agent.run(ending).catch((error) => deps.say(withoutAgent(error))));
    }
  }
  await Promise.all(watches);
}

/** Where the coordinator is; null when the signal came first. */
async function untilReady(
  deps: SupervisorDeps,
  link: FarmLink,
  coordinator: Part,
  ending: AbortSignal,
): Promise<CoordinatorRecord | null> {
  let tellAt = deps.clock.monotonic() + slowStartMs;
  while (!ending.aborted) {
    const record = coordinator.pid === null ? null : await link.whenReady(coordinator.pid);
    if (record !== null) return record;
    if (deps.clock.monotonic() >= tellAt) {
      deps.say(`the coordinator is not ready yet; its log is ${deps.folder.coordinatorLog}`);
      tellAt += slowStartMs;
    }
    await deps.clock.sleep(readyLookMs, ending).catch(() => undefined);
  }
  return null;
}

/** Null when this machine can't be one of the farm's; the reason was said. */
async function localAgent(
  deps: SupervisorDeps,
  link: FarmLink,
  wish: { readonly url: string; readonly hostType: string | null },
  ending: AbortSignal,
): Promise<Part | null> {
  const known = await untilAnswered(deps.clock, ending, () => link.hostTypes(wish.url));
  if (known === null) return null;
  const choice = chooseHostType(wish.hostType, known);
  if ('problem' in choice) {
    deps.say(choice.problem);
    return null;
  }
  const spec = agentSpec(deps, {
    arguments: {
      url: wish.url,
      dir: deps.folder.agentDir,
      name: deps.machineName,
      hostType: choice.hostType,
    },
    hasIdentity: () => deps.folder.hasIdentity(),
    joinToken: () => link.joinToken(wish.url, choice.hostType),
  });
  const running = spec.find();
  deps.say(
    running === null ? 'starting the local agent' : `the local agent runs already (process ${running.pid})`,
  );
  return createPart(deps, spec);
}

/** The farm serves other machines all the same. */
function withoutAgent(error: unknown): string {
  return `${toFarmError(error).message}; the farm goes on without a local agent`;
}

async function keepLogsSmall(deps: SupervisorDeps, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    rotateLog(deps.folder.coordinatorLog);
    rotateLog(deps.folder.agentLog);
    await deps.clock.sleep(logLookMs, ending).catch(() => undefined);
  }
}

async function stopAll(deps: SupervisorDeps, parts: readonly Part[], kill: AbortSignal): Promise<void> {
  if (parts.some((part) => part.pid !== null)) deps.say('stopping; Ctrl-C again stops at once');
  const killAll = () => {
    for (const part of parts) part.kill();
  };
  kill.addEventListener('abort', killAll, { once: true });
  if (kill.aborted) killAll();
  await Promise.all(parts.map((part) => part.stop()));
  kill.removeEventListener('abort', killAll);
  deps.folder.removeSupervisor();
}
