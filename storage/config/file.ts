import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import { readJson } from '../../core/builders/index.ts';
import type { ConfigFile } from '../../core/builders/ports.ts';
import { translateDiskError } from '../disk/errors.ts';
import { type CodeConfigDeps, runCodeConfig } from './code-config.ts';
import { createFingerprints } from './fingerprint.ts';
import { type ConfigPlace, type FoundConfig, locateConfig } from './locate.ts';

const longestBytes = 8 * 1024 * 1024;

export type ConfigFileDeps = Pick<CodeConfigDeps, 'clock' | 'environment'>;

/** The farm's configuration: a program or JSON, at the place that was named or in the data folder. */
export function createConfigFile(place: ConfigPlace, deps: ConfigFileDeps): ConfigFile {
  const fingerprints = createFingerprints();
  /** What the newest read was made from: for a program, also the files that it imports. */
  let sources: readonly string[] = [];

  async function revisionOf({ file }: FoundConfig): Promise<string> {
    return await fingerprints.of(sources.includes(file) ? sources : [file]);
  }

  async function content(found: FoundConfig): Promise<unknown> {
    if (found.kind === 'json') return await readJsonConfig(found.file);
    return await runCodeConfig(found.file, {
      ...deps,
      onSources: (used) => {
        sources = used;
      },
    });
  }

  return {
    async read() {
      const found = await locateConfig(place);
      if (found === null) return null;
      const read = await content(found);
      return { file: found.file, content: read, revision: await revisionOf(found) };
    },
    async revision() {
      const found = await locateConfig(place);
      return found === null ? null : await revisionOf(found);
    },
  };
}

async function readJsonConfig(file: string): Promise<unknown> {
  const read = readJson(await textOf(file));
  if ('value' in read) return read.value;
  const { line, column, problem, fix } = read.fault;
  throw invalidInput('configuration', `${basename(file)} line ${line}, column ${column}: ${problem}; ${fix}`);
}

async function textOf(file: string): Promise<string> {
  try {
    // Asked first: what is too large is not read.
    if ((await stat(file)).size > longestBytes) {
      throw invalidInput('configuration', `${basename(file)} is larger than ${longestBytes} bytes`);
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    throw translateDiskError(error, `read the configuration "${file}"`);
  }
}
