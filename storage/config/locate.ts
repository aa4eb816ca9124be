import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import { systemCode, translateDiskError } from '../disk/errors.ts';

export interface ConfigPlace {
  /** Named by the operator; null: looked for in the data folder. */
  readonly path: string | null;
  readonly dataDir: string;
}

export interface FoundConfig {
  readonly file: string;
  readonly kind: 'code' | 'json';
}

const names = { code: 'farm.config.ts', json: 'farm.config.json' } as const;

/** Null when the data folder has none. Rejects with `invalid_input` when the one that was named is missing, and when there are two. */
export async function locateConfig({ path, dataDir }: ConfigPlace): Promise<FoundConfig | null> {
  if (path !== null) return await named(resolve(path));
  const code = join(dataDir, names.code);
  const json = join(dataDir, names.json);
  const [hasCode, hasJson] = await Promise.all([isFile(code), isFile(json)]);
  if (hasCode && hasJson) {
    throw invalidInput(
      'configuration',
      `there are both ${names.code} and ${names.json} in ${dataDir}; remove one`,
    );
  }
  if (hasCode) return { file: code, kind: 'code' };
  return hasJson ? { file: json, kind: 'json' } : null;
}

async function named(file: string): Promise<FoundConfig> {
  const ending = /\.(?:[cm]?[jt]s|json)$/.exec(file)?.[0];
  if (ending === undefined) {
    throw invalidInput(
      '--config',
      `"${file}" ends neither in .ts nor in .json, so nobody knows how to read it`,
    );
  }
  if (!(await isFile(file))) throw invalidInput('--config', `there is no file "${file}"`);
  return { file, kind: ending === '.json' ? 'json' : 'code' };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false;
    throw translateDiskError(error, `look for the configuration "${path}"`);
  }
}
