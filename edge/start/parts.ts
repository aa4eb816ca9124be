/** The coordinator and the local agent as parts: how each is found, started and judged when it ends. */
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { DataFolder, ProcessRecord } from './data-folder.ts';
import type { PartSpec } from './part.ts';
import { lastLine, logSize } from './part-log.ts';
import type { Processes, RunningProcess } from './processes.ts';
import {
  type AgentArguments,
  agentArguments,
  type CoordinatorArguments,
  coordinatorArguments,
  type Programs,
} from './programs.ts';

export interface PartsDeps {
  readonly folder: DataFolder;
  readonly processes: Processes;
  readonly programs: Programs;
  /** For both parts; see `partEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Long enough to store what is under way; SIGKILL loses nothing either, it only costs the next start more. */
const graceMs = 10_000;

export interface CoordinatorState {
  /** Arguments of the next start; the port becomes the real one once it is known. */
  arguments: CoordinatorArguments;
  /** It answered once, so its arguments are fine. */
  wasReady: boolean;
}

export function coordinatorSpec(deps: PartsDeps, state: CoordinatorState): PartSpec {
  const { folder, processes } = deps;
  let logStart = logSize(folder.coordinatorLog);
  return {
    name: 'the coordinator',
    graceMs,
    find: () => findCoordinator(folder, processes),
    async launch() {
      logStart = logSize(folder.coordinatorLog);
      return processes.start({
        argv: [...deps.programs.coordinator, ...coordinatorArguments(state.arguments)],
        cwd: deps.programs.cwd,
        env: deps.env,
        logFile: folder.coordinatorLog,
      });
    },
    lastWords: () => lastLine(folder.coordinatorLog, logStart),
    // A signal is an accident; an exit of its own before it ever answered is a refusal of what it was given.
    isFinal: (end) => !state.wasReady && end.exitCode !== null,
  };
}

/**
 * The coordinator that holds the data folder, ready or still starting. Its process id may belong to another program by now, so
 * its command line has to name a coordinator.
 */
export function findCoordinator(folder: DataFolder, processes: Processes): RunningProcess | null {
  const pid = folder.coordinatorPid();
  if (pid === null || !processes.isAlive(pid)) return null;
  const command = processes.commandOf(pid);
  const named = command === null || command.some((part) => /coordinator|core[\\/]main\.ts$/.test(part));
  return named ? processes.attach(pid) : null;
}

export interface AgentState {
  readonly arguments: AgentArguments;
  /** Whether the machine has an identity of its own already. */
  readonly hasIdentity: () => boolean;
  readonly joinToken: () => Promise<string>;
}

export function agentSpec(deps: PartsDeps, state: AgentState): PartSpec {
  const { folder, processes } = deps;
  let logStart = logSize(folder.agentLog);
  return {
    name: 'the local agent',
    graceMs,
    find: () => findRecorded(folder.readAgent(), processes) ?? findLocked(folder.agentLockPid(), processes),
    async launch(signal) {
      const token = state.hasIdentity() ? null : await state.joinToken();
      if (signal.aborted) throw new FarmError('cancelled', 'Croft is stopping', { blame: 'caller' });
      logStart = logSize(folder.agentLog);
      const argv = [...deps.programs.agent, ...agentArguments(state.arguments)];
      const running = processes.start({
        argv,
        cwd: deps.programs.cwd,
        env: token === null ? deps.env : { ...deps.env, CROFT_JOIN_TOKEN: token },
        logFile: folder.agentLog,
      });
      folder.writeAgent({ pid: running.pid, command: argv });
      return running;
    },
    lastWords: () => lastLine(folder.agentLog, logStart),
    // Its own exit codes 2 and 3: wrong options, and a coordinator that refuses this machine.
    isFinal: (end) => end.exitCode === 2 || end.exitCode === 3,
  };
}

/** The recorded process, when it is alive and still the same program. */
export function findRecorded(record: ProcessRecord | null, processes: Processes): RunningProcess | null {
  if (record === null || !processes.isAlive(record.pid)) return null;
  return sameCommand(record.command, processes.commandOf(record.pid)) ? processes.attach(record.pid) : null;
}

/** The process that holds the agent's folder, in case that its supervisor was killed before it could write it down. */
function findLocked(pid: number | null, processes: Processes): RunningProcess | null {
  if (pid === null || !processes.isAlive(pid)) return null;
  const command = processes.commandOf(pid);
  return command === null || command.some((part) => /agent/.test(part)) ? processes.attach(pid) : null;
}

function sameCommand(recorded: readonly string[] | null, now: readonly string[] | null): boolean {
  // A process that was started this moment may not have its command line yet.
  if (recorded === null || now === null || now.length === 0) return true;
  return recorded.length === now.length && recorded.every((part, index) => part === now[index]);
}
