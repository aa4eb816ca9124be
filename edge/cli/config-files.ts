import { basename, resolve } from 'node:path';
import { FarmError } from '../../agent/wire/farm-error.ts';

export type ConfigFileKind = 'farm' | 'repository';

export interface ReadConfigFile {
  readonly kind: ConfigFileKind;
  /** JSON that is still text; null for a module, which has a value. */
  readonly text: string | null;
  readonly value: unknown;
}

const names = [
  'croft.json',
  'farm.config.ts',
  'farm.config.json',
  '.croft/farm.config.ts',
  '.croft/farm.config.json',
];

/** Names of the configuration files in a folder and in its data folder. */
export async function findConfigFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) if (await Bun.file(resolve(folder, name)).exists()) found.push(name);
  return found;
}

export interface ConfigFileDeps {
  readonly cwd: string;
  /** Runs a program and gives what it exports, as the coordinator does; it is the operator's own. */
  readonly runConfigProgram: (path: string) => Promise<unknown>;
}

/** `kind` undefined: by the file's name. */
export async function readConfigFile(
  { cwd, runConfigProgram }: ConfigFileDeps,
  file: string,
  kind: ConfigFileKind | undefined,
): Promise<ReadConfigFile> {
  const path = resolve(cwd, file);
  const readAs = kind ?? kindOf(path);
  if (!(await Bun.file(path).exists())) {
    throw new FarmError('not_found', `${file}: there is no such file`, { blame: 'caller' });
  }
  if (!/\.[cm]?[jt]s$/.test(path))
    return { kind: readAs, text: await Bun.file(path).text(), value: undefined };
  return { kind: readAs, text: null, value: await runConfigProgram(path) };
}

function kindOf(path: string): ConfigFileKind {
  return basename(path) === 'croft.json' ? 'repository' : 'farm';
}
