/**
 * A backup of a data folder while its coordinator works: a copy of the database at one moment, and everything that this copy names.
 * Objects never change under their key and retention rests meanwhile, so they are copied after the database; logs that are being
 * written only grow, and are linked before it, so that one that ends meanwhile is still there.
 */
import { Database } from 'bun:sqlite';
import { constants } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { pathOfKey, temporaryFolder } from '../blobs/folder-layout.ts';
import { databaseName, mustBeDataFolder } from '../data-folder.ts';
import { openDescriptor } from '../disk/descriptor.ts';
import { systemCode, translateDiskError } from '../disk/errors.ts';
import { translateSqliteError } from '../sqlite/errors.ts';
import type { ToolProgress } from '../tool-progress.ts';
import { lockRemovals } from './gate.ts';
import { formatSums, type Manifest, manifestName, sumsName } from './manifest.ts';
import { type BackupSink, createFolderSink, createTarSink } from './sink.ts';

export interface BackupRequest {
  /** The data folder. */
  readonly dir: string;
  /** A folder that is empty or not there, or a file whose name ends in `.tar`. */
  readonly to: string;
  /** A configuration that is kept outside of the data folder. */
  readonly configFile: string | null;
  /** Where the objects are when they are not in the data folder. */
  readonly blobsElsewhere: string | null;
  readonly version: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ToolProgress) => void;
}

export interface BackupReport {
  readonly to: string;
  readonly files: number;
  readonly bytes: number;
  readonly schemaVersion: number;
  readonly leftOut: readonly string[];
  /** Objects that the database names and that are not there: lost before this backup. */
  readonly missing: readonly string[];
}

const plainFiles = ['admin-token', 'farm.config.ts', 'farm.config.json', 'agent/identity.json'] as const;
const leftOut = ['git: mirrors are fetched again', 'agent: folders of builds', 'coordinator.log, agent.log'];
const scratchName = '.backup-';
const chunkBytes = 256 * 1024;
/** Retention may be in the middle of a batch. */
const patienceMs = 60_000;

/** Rejects with `conflict` when the target is taken, and leaves nothing there unless all of it is. */
export async function backUp(request: BackupRequest): Promise<BackupReport> {
  const { dir, to } = request;
  await checkPlaces(dir, to);
  const removals = await lockPatiently(request);
  await removeLeftovers(dir);
  const scratch = await mkdtemp(join(dir, scratchName));
  const sink = to.endsWith('.tar') ? await createTarSink(to) : await createFolderSink(to);
  try {
    return await copyAll(request, scratch, sink);
  } catch (error) {
    await sink.abandon();
    throw systemCode(error) === null ? error : translateDiskError(error, `write the backup "${to}"`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    removals.release();
  }
}

/** Of a backup that was killed; the lock says that none runs. */
async function removeLeftovers(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (name.startsWith(scratchName)) await rm(join(dir, name), { recursive: true, force: true });
  }
}

async function checkPlaces(dir: string, to: string): Promise<void> {
  mustBeDataFolder(dir);
  const kind = await kindOf(to);
  const isFree =
    kind === null || (kind === 'folder' && !to.endsWith('.tar') && (await readdir(to)).length === 0);
  if (isFree) return;
  throw new FarmError('conflict', `"${to}" is there already; name a new file or an empty folder`, {
    blame: 'caller',
  });
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw translateDiskError(error, `look at "${path}"`);
  }
}

async function lockPatiently({ dir, clock, signal }: BackupRequest) {
  const startedAt = clock.monotonic();
  for (;;) {
    const lock = lockRemovals(dir);
    if (lock !== null) return lock;
    if (clock.monotonic() - startedAt > patienceMs) {
      throw new FarmError('conflict', `Another backup of "${dir}" runs; wait for its end`, {
        blame: 'caller',
      });
    }
    await clock.sleep(100, signal);
  }
}

async function copyAll(request: BackupRequest, scratch: string, sink: BackupSink): Promise<BackupReport> {
  const { dir, to, signal, onProgress } = request;
  const sums = new Map<string, string>();
  let bytes = 0;

  async function addBytes(path: string, content: Uint8Array): Promise<void> {
    sums.set(path, await sink.add(path, content.byteLength, one(content)));
    bytes += content.byteLength;
  }

  /** Growing files are copied up to where they end now. False: not there. */
  async function addFile(path: string, from: string, doing: string): Promise<boolean> {
    signal.throwIfAborted();
    const size = await sizeOf(from);
    if (size === null) return false;
    sums.set(path, await sink.add(path, size, startOf(from, size)));
    bytes += size;
    onProgress({ doing, files: sums.size, bytes });
    return true;
  }

  onProgress({ doing: 'database', files: 0, bytes: 0 });
  const links = join(scratch, 'logs');
  await mkdir(links);
  await linkLogs(join(dir, 'logs'), links);
  const snapshot = join(scratch, databaseName);
  const { schemaVersion, keys } = copyDatabase(join(dir, databaseName), snapshot);
  await linkLogs(join(dir, 'logs'), links);

  const manifest: Manifest = {
    croftBackup: 1,
    version: request.version,
    schemaVersion,
    createdAt: new Date(request.clock.now()).toISOString(),
    dataFolder: dir,
    blobs: request.blobsElsewhere ?? 'included',
    leftOut:
      request.blobsElsewhere === null
        ? leftOut
        : [...leftOut, `logs and artifacts: ${request.blobsElsewhere}`],
  };
  await addBytes(manifestName, new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
  await addFile(databaseName, snapshot, 'database');
  for (const name of plainFiles) await addFile(name, join(dir, name), 'configuration and keys');
  if (request.configFile !== null) {
    const name = `farm.config${request.configFile.endsWith('.json') ? '.json' : '.ts'}`;
    if (!sums.has(name)) await addFile(name, request.configFile, 'configuration and keys');
  }
  for (const name of await namesIn(links)) await addFile(`logs/${name}`, join(links, name), 'open logs');
  const missing: string[] = [];
  if (request.blobsElsewhere === null) {
    const root = join(dir, 'blobs');
    for (const key of keys) {
      const { file } = pathOfKey(root, key);
      const path = `blobs/${file.slice(root.length + 1)}`;
      if (!sums.has(path) && !(await addFile(path, file, 'logs and artifacts'))) missing.push(key);
    }
  }
  await sink.add(sumsName, Buffer.byteLength(formatSums(sums)), one(Buffer.from(formatSums(sums))));
  await sink.finish();
  return { to, files: sums.size + 1, bytes, schemaVersion, leftOut: manifest.leftOut, missing };
}

/** Reads one state of the database without holding a writer up, and what that state names. */
function copyDatabase(file: string, to: string): { schemaVersion: number; keys: string[] } {
  try {
    const live = new Database(file, { readwrite: true, create: false });
    try {
      live.run('PRAGMA busy_timeout = 10000');
      live.run('VACUUM INTO ?', [to]);
    } finally {
      live.close();
    }
    const copy = new Database(to, { readonly: true });
    try {
      const versions = copy
        .query<{ count: number }, []>('SELECT count(*) AS count FROM schema_migrations')
        .get();
      return { schemaVersion: versions?.count ?? 0, keys: namedKeys(copy) };
    } finally {
      copy.close();
    }
  } catch (error) {
    throw translateSqliteError(error, `copy the database "${file}"`);
  }
}

/** Also those that running attempts put and have not stored yet, which only their journal names. */
function namedKeys(copy: Database): string[] {
  const columns = copy.query<{ name: string }, []>('PRAGMA table_info(artifacts)').all();
  const kept = columns.some(({ name }) => name === 'removed_at') ? 'WHERE removed_at IS NULL' : '';
  const rows = copy
    .query<{ key: string }, []>(
      `SELECT blob_key AS key FROM sealed_logs WHERE blob_key IS NOT NULL
       UNION SELECT blob_key FROM source_archives
       UNION SELECT blob_key FROM artifacts ${kept}
       UNION SELECT json_extract(each.value, '$.blobKey') FROM attempts
         JOIN journal ON journal.attempt_id = attempts.id AND journal.step = 'artifacts' AND journal.phase = 'result'
         JOIN json_each(journal.data, '$.artifacts') AS each
         WHERE attempts.state = 'running'`,
    )
    .all();
  return rows.map(({ key }) => key);
}

/** A log that was discarded since it was listed is sealed, and in the database. */
async function linkLogs(from: string, to: string): Promise<void> {
  for (const name of await namesIn(from)) {
    if (!/\.(?:out|at)$/.test(name)) continue;
    try {
      await link(join(from, name), join(to, name));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name !== temporaryFolder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* startOf(file: string, bytes: number): AsyncGenerator<Uint8Array> {
  const handle = await openDescriptor(file, constants.O_RDONLY);
  try {
    for (let at = 0; at < bytes; ) {
      const chunk = new Uint8Array(Math.min(chunkBytes, bytes - at));
      const read = await handle.read(chunk, at);
      if (read === 0) {
        throw new FarmError(
          'storage_failed',
          `"${basename(dirname(file))}/${basename(file)}" became shorter while it was copied`,
          {
            blame: 'farm',
            retry: 'same',
          },
        );
      }
      yield chunk.subarray(0, read);
      at += read;
    }
  } finally {
    await handle.close();
  }
}
