/** From what somebody asked for to what will be done: which repository, which port, and whether what runs may go on. */
import type { StartOptions } from '../cli/start-options.ts';
import type { DataFolder } from './data-folder.ts';
import { changedOptions, type GivenOptions, optionsOfCommand } from './options-in-force.ts';
import { findCoordinator } from './parts.ts';
import { choosePort } from './port.ts';
import type { Processes } from './processes.ts';
import type { CoordinatorArguments } from './programs.ts';
import { type Git, repositoryHere, resolveRepository } from './repository.ts';

export interface SettleDeps {
  readonly processes: Processes;
  readonly folder: DataFolder;
  readonly git: Git;
  readonly cwd: string;
  readonly defaultPort: number;
  readonly say: (line: string) => void;
}

export interface Wish {
  /** Null: the configuration says what to watch. */
  readonly repo: string | null;
}

export interface Settled {
  readonly coordinator: CoordinatorArguments;
  readonly hostType: string | null;
  readonly localAgent: boolean;
}

/** Only looks. Rejects with what is wrong with the options. */
export async function readWish(deps: SettleDeps, options: StartOptions): Promise<Wish> {
  const configured = options.config !== null || deps.folder.configFile() !== null;
  const wanted = options.repo ?? (configured ? null : await repositoryHere(deps.git, deps.cwd));
  if (wanted === null) return { repo: null };
  const mayBeAway = deps.folder.adminToken() !== null;
  const { repo, warning } = await resolveRepository(deps.git, { repo: wanted, cwd: deps.cwd, mayBeAway });
  if (warning !== null) deps.say(`${warning}; going on, the farm tries it again`);
  return { repo };
}

/**
 * A coordinator that runs goes on, unless somebody asked now for an option that it does not have: then it gives way to a new
 * one, by which nothing that runs on machines is lost.
 */
export async function settle(deps: SettleDeps, options: StartOptions, wish: Wish): Promise<Settled> {
  const { folder } = deps;
  deps.say(`data folder ${folder.root}`);
  const last = folder.coordinator()?.port ?? null;
  const { config, env, host, publicUrl } = options;
  const common = { data: folder.root, repo: wish.repo, config, env, host, publicUrl };
  const rest = { hostType: options.hostType, localAgent: options.localAgent };
  if (await goesOn(deps, options, wish)) return { coordinator: { ...common, port: last ?? 0 }, ...rest };
  const { port, taken } = await choosePort({
    explicit: options.port,
    lastTime: last,
    otherwise: deps.defaultPort,
  });
  if (taken !== null) deps.say(`port ${taken} is taken by another program, using ${port}`);
  deps.say('starting the coordinator');
  return { coordinator: { ...common, port }, ...rest };
}

async function goesOn(deps: SettleDeps, options: StartOptions, wish: Wish): Promise<boolean> {
  const running = findCoordinator(deps.folder, deps.processes);
  if (running === null) return false;
  const command = deps.processes.commandOf(running.pid);
  const changed = command === null ? [] : changedOptions(optionsOfCommand(command), askedFor(options, wish));
  if (changed.length === 0) {
    deps.say(`the coordinator runs already (process ${running.pid})`);
    return true;
  }
  // A port that is not to be had must not cost us the one that runs.
  if (changed.includes('port'))
    await choosePort({ explicit: options.port, lastTime: null, otherwise: deps.defaultPort });
  const names = changed.map((name) => `--${name}`).join(', ');
  deps.say(`the coordinator runs with another ${names}, starting it anew`);
  await deps.processes.stop(running, 10_000);
  return false;
}

function askedFor(options: StartOptions, wish: Wish): GivenOptions {
  return {
    ...(options.repo === null || wish.repo === null ? {} : { repo: wish.repo }),
    ...(options.config === null ? {} : { config: options.config }),
    ...(options.env === null ? {} : { env: options.env }),
    ...(options.host === null ? {} : { host: options.host }),
    ...(options.publicUrl === null ? {} : { url: options.publicUrl }),
    ...(options.port === null || options.port === 0 ? {} : { port: String(options.port) }),
  };
}
