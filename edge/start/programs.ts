/** The command lines and environments of the two programs that `croft start` runs. */
import { join } from 'node:path';

/** How each program is called; tests put stand-ins here. */
export interface Programs {
  readonly coordinator: readonly string[];
  readonly agent: readonly string[];
  /** The folder they start in, which holds nothing that Bun would read (`.env`, `bunfig.toml`) but our own. */
  readonly cwd: string;
}

/** `bun` is the path of the Bun that runs us, `root` the folder of Croft's sources. */
export function sourcePrograms(bun: string, root: string): Programs {
  const flags = ['--no-env-file', `--config=${join(root, 'bunfig.toml')}`, '--no-install'];
  return {
    coordinator: [bun, ...flags, join(root, 'core', 'main.ts')],
    agent: [bun, ...flags, join(root, 'agent', 'main.ts')],
    cwd: root,
  };
}

export interface CoordinatorArguments {
  readonly data: string;
  readonly port: number;
  readonly repo: string | null;
  readonly config: string | null;
  readonly env: string | null;
  /** Address to listen on; null: this machine only. */
  readonly host: string | null;
  /** What other machines call the coordinator. */
  readonly publicUrl: string | null;
}

export function coordinatorArguments(options: CoordinatorArguments): readonly string[] {
  return [
    ...['--data', options.data, '--port', String(options.port)],
    ...(options.repo === null ? [] : ['--repo', options.repo]),
    ...(options.config === null ? [] : ['--config', options.config]),
    ...(options.env === null ? [] : ['--env', options.env]),
    ...(options.host === null ? [] : ['--host', options.host]),
    ...(options.publicUrl === null ? [] : ['--url', options.publicUrl]),
  ];
}

export interface AgentArguments {
  readonly url: string;
  readonly dir: string;
  readonly name: string;
  readonly hostType: string;
}

/** The join token is not among them: other users of the machine can read a command line. */
export function agentArguments(options: AgentArguments): readonly string[] {
  const { url, dir, name, hostType } = options;
  return ['--coordinator', url, '--dir', dir, '--name', name, '--host-type', hostType];
}

/**
 * The caller's environment without what npm and Croft put there: a build must not find Croft's own tools in its PATH, nor a
 * token that somebody gave the command line.
 */
export function partEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || /^npm_|^(?:INIT_CWD|CROFT_TOKEN|CROFT_URL|CROFT_JOIN_TOKEN)$/i.test(name))
      continue;
    if (name === 'BUN_BE_BUN' || name === 'BUN_OPTIONS' || name === 'NODE_OPTIONS') continue;
    kept[name] = name === 'PATH' ? withoutProjectTools(value) : value;
  }
  return kept;
}

function withoutProjectTools(path: string): string {
  return path
    .split(':')
    .filter((folder) => !/[\\/]node_modules[\\/]\.bin$|[\\/]node-gyp-bin$/.test(folder))
    .join(':');
}
