/** A data folder from a backup: laid out beside what is there, checked whole, and only then put in its place. */
import { Database } from 'bun:sqlite';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { databaseName, unfinishedRestoreName } from '../data-folder.ts';
import { systemCode, translateDiskError } from '../disk/errors.ts';
import { syncFolder } from '../disk/sync-folder.ts';
import { sqliteMigrations } from '../migrations/sqlite/index.ts';
import { type FileLock, lockDatabase } from '../sqlite/lock.ts';
import type { ToolProgress } from '../tool-progress.ts';
import {
  isBackupPath,
  type Manifest,
  manifestName,
  notABackup,
  parseSums,
  readManifest,
  sumsName,
} from './manifest.ts';
import { writeFile } from './sink.ts';
import { filesOf } from './source.ts';

export interface RestoreRequest {
  readonly from: string;
  /** The data folder to be. */
  readonly dir: string;
  /** What is in the folder is moved aside instead of refused. */
  readonly force: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ToolProgress) => void;
}

export interface RestoreReport {
  readonly dir: string;
  readonly files: number;
  readonly bytes: number;
  readonly createdAt: string;
  readonly schemaVersion: number;
  /** Where what was in the folder is now; null when it was empty. */
  readonly movedAside: string | null;
  readonly blobs: string;
}

const stagingName = '.restoring';
const asideName = '.before-restore-';

export async function restore(request: RestoreRequest): Promise<RestoreReport> {
  const { dir } = request;
  let lock: FileLock | null = null;
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await checkFree(request);
    lock = lockAgainstCoordinators(dir);
    const staging = join(dir, stagingName);
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { mode: 0o700 });
    const laidOut = await layOut(request, staging);
    const movedAside = await putInPlace(request, staging);
    return { dir, ...laidOut, movedAside };
  } catch (error) {
    throw systemCode(error) === null ? error : translateDiskError(error, `restore into "${dir}"`);
  } finally {
    lock?.release();
  }
}

/** Left from earlier tries, or made by the lock: nothing that could be lost. */
function isOurs(name: string): boolean {
  return (
    name === stagingName ||
    name === '.gitignore' ||
    name.startsWith(asideName) ||
    /^(?:croft\.db|removals)-lock/.test(name)
  );
}

async function checkFree({ dir, force }: RestoreRequest): Promise<void> {
  const names = (await readdir(dir)).filter((name) => !isOurs(name));
  if (names.length === 0 || force || names.includes(unfinishedRestoreName)) return;
  throw new FarmError(
    'conflict',
    `"${dir}" is not empty (${names.slice(0, 3).join(', ')} …); name another --data folder, or give --force to move what is there aside`,
    { blame: 'caller' },
  );
}

/** Held to the end, so that none starts meanwhile. */
function lockAgainstCoordinators(dir: string): FileLock {
  try {
    return lockDatabase(join(dir, databaseName));
  } catch (error) {
    if (!(error instanceof FarmError) || error.code !== 'conflict') throw error;
    throw new FarmError('conflict', `A coordinator runs on "${dir}"; stop it first`, {
      blame: 'caller',
      cause: error,
    });
  }
}

async function layOut(
  request: RestoreRequest,
  staging: string,
): Promise<Omit<RestoreReport, 'dir' | 'movedAside'>> {
  const { from, signal, onProgress } = request;
  const written = new Map<string, string>();
  let manifest: Manifest | null = null;
  let bytes = 0;
  for await (const { path, content } of filesOf(from)) {
    signal.throwIfAborted();
    if (!isBackupPath(path) || written.has(path))
      throw notABackup(from, `it has no business with "${path.slice(0, 200)}"`);
    const file = join(staging, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const counted = counting(content, (size) => {
      bytes += size;
    });
    written.set(path, await writeFile(file, counted));
    if (path === manifestName) manifest = checkVersions(readManifest(await readFile(file, 'utf8'), from));
    else if (manifest === null) throw notABackup(from, `${manifestName} does not come first`);
    onProgress({ doing: 'files', files: written.size, bytes });
  }
  if (manifest === null || !written.has(sumsName)) throw notABackup(from, 'it was broken off');
  await checkSums(from, staging, written);
  checkDatabase(join(staging, databaseName), from);
  const { createdAt, schemaVersion, blobs } = manifest;
  return { files: written.size, bytes, createdAt, schemaVersion, blobs };
}

function checkVersions(manifest: Manifest): Manifest {
  if (manifest.schemaVersion <= sqliteMigrations.length) return manifest;
  throw new FarmError(
    'conflict',
    `The backup is of Croft ${manifest.version} with schema version ${manifest.schemaVersion}, and this Croft knows ` +
      `versions up to ${sqliteMigrations.length}; restore it with the newer Croft`,
    { blame: 'caller' },
  );
}

async function checkSums(from: string, staging: string, written: ReadonlyMap<string, string>): Promise<void> {
  const sums = parseSums(await readFile(join(staging, sumsName), 'utf8'), from);
  for (const [path, digest] of sums) {
    if (written.get(path) === undefined) throw notABackup(from, `"${path}" is missing`);
    if (written.get(path) !== digest) throw notABackup(from, `"${path}" is damaged`);
  }
  const stray = [...written.keys()].find((path) => path !== sumsName && !sums.has(path));
  if (stray !== undefined) throw notABackup(from, `"${stray}" is not in its ${sumsName}`);
}

function checkDatabase(file: string, from: string): void {
  const database = new Database(file, { readonly: true });
  try {
    const [first] = database.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').all();
    if (first?.quick_check !== 'ok') throw notABackup(from, `its database is damaged: ${first?.quick_check}`);
  } finally {
    database.close();
  }
}

/** Killed in the middle it leaves `unfinishedRestoreName`, and the next restore does all of it again. */
async function putInPlace({ dir, clock }: RestoreRequest, staging: string): Promise<string | null> {
  await writeFileOnce(join(dir, unfinishedRestoreName));
  const names = (await readdir(dir)).filter((name) => !isOurs(name) && name !== unfinishedRestoreName);
  const aside = join(dir, `${asideName}${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-')}`);
  if (names.length > 0) await mkdir(aside, { mode: 0o700 });
  for (const name of names) await rename(join(dir, name), join(aside, name));
  for (const name of await readdir(staging)) {
    if (name !== manifestName && name !== sumsName) await rename(join(staging, name), join(dir, name));
  }
  await rm(staging, { recursive: true });
  await syncFolder(dir);
  await rm(join(dir, unfinishedRestoreName));
  await syncFolder(dir);
  return names.length > 0 ? aside : null;
}

async function writeFileOnce(file: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, (async function* () {})());
}

async function* counting(
  content: AsyncIterable<Uint8Array>,
  add: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    add(chunk.byteLength);
    yield chunk;
  }
}
