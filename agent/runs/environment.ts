/** The environment of a run: made here from nothing, never the agent's own, which may hold anything. */
import { delimiter, sep } from 'node:path';
import { invalidInput } from '../wire/farm-error.ts';
import { limits } from '../wire/limits.ts';

/** Marks every process of a lease, also those that leave their group and session; `process-scan.ts` looks for it. */
export const leaseMark = 'CROFT_LEASE';
/** The same for the leases around this one: an agent that is itself part of a run (Croft building Croft) passes them on. */
export const outerLeaseMark = 'CROFT_LEASE_OUTER';

/** Inside the work folder, so that both go with it, and out of the way of what is unpacked there. */
export const homeFolder = '.home';
export const temporaryFolder = '.tmp';

export interface EnvironmentBase {
  /** PATH of every run. */
  readonly path: string;
  /** Leases that this agent runs under, joined by `:`; empty outside a farm. */
  readonly outerLeases: string;
}

/** What the agent takes from its own environment when it starts, and all that it takes. */
export function environmentBase(env: NodeJS.ProcessEnv, path = env['PATH']): EnvironmentBase {
  const outer = [env[outerLeaseMark], env[leaseMark]].filter((mark) => mark !== undefined && mark !== '');
  return { path: withoutPackageFolders(path ?? defaultPath), outerLeases: outer.join(':') };
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `npm start` puts its package's tools first in PATH; a build must find the machine's, not ours. */
function withoutPackageFolders(path: string): string {
  const ours = `${sep}node_modules${sep}`;
  return path
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.includes(ours))
    .join(delimiter);
}

const validName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws `invalid_input` for names that no shell keeps, for NUL, and over `limits.environmentBytes`. */
export function runEnvironment(
  base: EnvironmentBase,
  run: {
    readonly leaseId: string;
    readonly runId: string;
    readonly workDir: string;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
  },
): Record<string, string> {
  const env: Record<string, string> = {
    PATH: base.path,
    HOME: `${run.workDir}${sep}${homeFolder}`,
    TMPDIR: `${run.workDir}${sep}${temporaryFolder}`,
    LANG: 'C.UTF-8',
    CI: 'true',
  };
  let bytes = 0;
  for (const [name, value] of Object.entries(run.env)) {
    if (!validName.test(name)) throw invalidInput(`env.${name.slice(0, 80)}`, 'Not the name of a variable');
    if (value.includes('\0')) throw invalidInput(`env.${name}`, 'Contains NUL');
    bytes += name.length + Buffer.byteLength(value) + 2;
    env[name] = value;
  }
  if (bytes > limits.environmentBytes) {
    throw invalidInput('env', `${bytes} bytes are over ${limits.environmentBytes}`);
  }
  // Last: the marks are ours, whoever asks otherwise.
  env['PWD'] = run.cwd;
  env['CROFT_RUN'] = run.runId;
  env[leaseMark] = run.leaseId;
  if (base.outerLeases !== '') env[outerLeaseMark] = base.outerLeases;
  return env;
}
