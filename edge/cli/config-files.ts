import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';

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

/** `kind` null: by the file's name. Reading a `.ts` file runs it: it is the operator's own. */
export async function readConfigFile(
  cwd: string,
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
  return { kind: readAs, text: null, value: await defaultExportOf(path, file) };
}

function kindOf(path: string): ConfigFileKind {
  return basename(path) === 'croft.json' ? 'repository' : 'farm';
}

async function defaultExportOf(path: string, file: string): Promise<unknown> {
  try {
    const loaded: unknown = await import(pathToFileURL(path).href);
    if (typeof loaded === 'object' && loaded !== null && 'default' in loaded) return loaded.default;
  } catch (error) {
    throw new FarmError('invalid_input', `${file}: it can't be loaded: ${toFarmError(error).message}`, {
      blame: 'caller',
      cause: error,
    });
  }
  throw new FarmError(
    'invalid_input',
    `${file}: it has no default export; write "export default defineFarm({ … })"`,
    {
      blame: 'caller',
    },
  );
}
