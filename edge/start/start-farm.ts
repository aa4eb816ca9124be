/** Joins the supervisor's real parts and the signals of this process. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { createFarmClient } from '../cli/client.ts';
import type { CliEnvironment } from '../cli/environment.ts';
import type { StartFarm } from '../cli/start-options.ts';
import { paint, type Terminal, writeLine } from '../cli/terminal.ts';
import { openDataFolder } from './data-folder.ts';
import { createProcesses } from './processes.ts';
import { type Programs, partEnvironment, sourcePrograms } from './programs.ts';
import { createGit } from './repository.ts';
import { type SupervisorDeps, type SupervisorSignals, supervise } from './supervisor.ts';

export interface StartFarmDeps {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly terminal: Terminal;
  readonly environment: CliEnvironment;
  readonly projectRoot: string;
  readonly machineName: string;
  /** Stand-ins, for tests of the supervisor itself. */
  readonly programs?: Programs;
}

export function createStartFarm(deps: StartFarmDeps): StartFarm {
  return async ({ data, defaultPort, options }) => {
    const signals = listenForSignals(deps.clock);
    const processes = createProcesses(deps.clock);
    const env = partEnvironment(deps.environment.all);
    const ending = AbortSignal.any([signals.stop, signals.leave]);
    const supervisor: SupervisorDeps = {
      clock: deps.clock,
      randomness: deps.randomness,
      processes,
      programs: deps.programs ?? sourcePrograms(process.execPath, deps.projectRoot),
      folder: openDataFolder(data),
      git: createGit({ clock: deps.clock, env, signal: ending }),
      createClient: (url, token) =>
        createFarmClient(
          { fetch, clock: deps.clock, randomness: deps.randomness, signal: ending },
          { url, token },
        ),
      defaultPort,
      cwd: deps.environment.cwd,
      env,
      self: { pid: process.pid, command: processes.commandOf(process.pid) },
      machineName: deps.machineName,
      say: (line) => deps.terminal.note(`${paint(deps.terminal, 'grey', 'croft:')} ${line}`),
      announce: (line) => writeLine(deps.terminal, line),
    };
    await supervise(supervisor, options, signals);
    if (signals.leave.aborted) supervisor.say('another croft start has taken over; the farm goes on');
    else if (signals.kill.aborted) throw new FarmError('cancelled', 'Stopped at once', { blame: 'caller' });
    else supervisor.say('stopped');
  };
}

/** One Ctrl-C may arrive more than once, from the terminal and from npm. */
const sameKeyMs = 400;

function listenForSignals(clock: Clock): SupervisorSignals {
  const stop = new AbortController();
  const leave = new AbortController();
  const kill = new AbortController();
  let firstAt: number | null = null;
  function onStop(): void {
    const now = clock.monotonic();
    firstAt ??= now;
    if (stop.signal.aborted && now - firstAt > sameKeyMs) kill.abort();
    stop.abort();
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStop);
  process.on('SIGUSR2', () => leave.abort());
  return { stop: stop.signal, leave: leave.signal, kill: kill.signal };
}
