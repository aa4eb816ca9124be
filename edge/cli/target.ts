import { dirname, join, resolve } from 'node:path';
import { FarmError } from '../../agent/wire/farm-error.ts';

/** Which farm a command talks to, and as whom. */
export interface Target {
  readonly url: string;
  readonly token: string | null;
  /** Where the address came from, for messages. */
  readonly from: string;
}

export interface TargetOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly data?: string | undefined;
}

export interface TargetDeps {
  readonly cwd: string;
  readonly environment: { readonly url: string | undefined; readonly token: string | undefined };
  /** The text of a file, null when it is not there or may not be read. */
  readonly readText: (path: string) => Promise<string | null>;
}

export const defaultPort = 8484;
export const dataFolderName = '.croft';

/**
 * The address: `--url`, else CROFT_URL, else the farm of the data folder (`--data`, else the nearest `.croft` from here upward),
 * else port 8484 of this machine. The token: `--token`, else CROFT_TOKEN, else the data folder's admin token, which is only
 * ever sent to the farm that made it.
 */
export async function findTarget(options: TargetOptions, deps: TargetDeps): Promise<Target> {
  const given = options.url ?? nonEmpty(deps.environment.url);
  const explicitToken = options.token ?? nonEmpty(deps.environment.token) ?? null;
  const local = await findLocalFarm(options.data, deps);
  const from = options.url !== undefined ? '--url' : given !== undefined ? 'CROFT_URL' : null;
  if (given !== undefined && from !== null) {
    const url = withoutSlash(given);
    const token = explicitToken ?? (local !== null && local.url === url ? local.token : null);
    return { url, token, from };
  }
  if (local !== null) return { url: local.url, token: explicitToken ?? local.token, from: local.folder };
  return { url: `http://localhost:${defaultPort}`, token: explicitToken, from: 'the default' };
}

/** The data folder of a farm on this machine, whether it runs or not: `--data`, else the nearest `.croft` from here upward. */
export async function findDataFolder(data: string | undefined, deps: TargetDeps): Promise<string> {
  if (data !== undefined) return resolve(deps.cwd, data);
  for (const candidate of dataFoldersFrom(deps.cwd)) {
    if ((await deps.readText(join(candidate, 'admin-token'))) !== null) return candidate;
  }
  throw new FarmError(
    'not_found',
    `No ${dataFolderName} from here upward; name the data folder with --data`,
    {
      blame: 'caller',
    },
  );
}

/** Where a data folder may be, the nearest first. */
function* dataFoldersFrom(cwd: string): Generator<string> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    yield join(folder, dataFolderName);
    if (folder === dirname(folder)) return;
  }
}

interface LocalFarm {
  readonly folder: string;
  readonly url: string;
  readonly token: string | null;
}

async function findLocalFarm(data: string | undefined, deps: TargetDeps): Promise<LocalFarm | null> {
  if (data !== undefined) {
    const folder = resolve(deps.cwd, data);
    const farm = await readLocalFarm(folder, deps);
    if (farm !== null) return farm;
    throw new FarmError('connection_lost', `--data: no coordinator has run in ${folder}`, {
      blame: 'caller',
    });
  }
  for (const candidate of dataFoldersFrom(deps.cwd)) {
    const found = await readLocalFarm(candidate, deps);
    if (found !== null) return found;
  }
  return null;
}

async function readLocalFarm(folder: string, deps: TargetDeps): Promise<LocalFarm | null> {
  const text = await deps.readText(join(folder, 'coordinator.json'));
  const url = text === null ? null : urlOf(text);
  if (url === null) return null;
  const token = (await deps.readText(join(folder, 'admin-token')))?.trim() ?? '';
  return { folder, url, token: token === '' ? null : token };
}

function urlOf(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('url' in value)) return null;
    return typeof value.url === 'string' ? withoutSlash(value.url) : null;
  } catch {
    // Half-written by a coordinator that is starting: as good as absent.
    return null;
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
