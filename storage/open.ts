/** All that is kept, in one data folder (blobs possibly elsewhere), as the ports that core stands on. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../agent/kit/clock.ts';
import type { Log } from '../agent/kit/log.ts';
import type { BlobStore } from '../core/blobs/ports.ts';
import { type Tell, untold } from '../core/facts/index.ts';
import type { StoragePorts } from '../core/ports.ts';
import { createRemovalGate } from './backup/gate.ts';
import { openFolderBlobs } from './blobs/folder.ts';
import { measuredBlobs } from './blobs/measured.ts';
import { openS3Blobs } from './blobs/s3.ts';
import type { S3Options } from './blobs/s3-client.ts';
import { createConfigFile } from './config/file.ts';
import { databaseName } from './data-folder.ts';
import { roomOf } from './disk/room.ts';
import { measuredMirrors } from './git/measured.ts';
import { openGitMirrors } from './git/mirrors.ts';
import { openLogFiles } from './logs/files.ts';
import { openSqliteStores } from './sqlite/stores.ts';

export type BlobPlace = { readonly kind: 'folder' } | ({ readonly kind: 's3' } & S3Options);

export interface StorageOptions {
  /** The data folder; made, for its owner only, when it is not there. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly blobs: BlobPlace;
  /** The farm's configuration as named by the operator; null: looked for in the data folder. */
  readonly configFile: string | null;
  /** Of this process; the operator's configuration program sees it, git gets from it how to reach things (PATH, proxies, the agent of ssh). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Hears of commits, fetches and blobs. */
  readonly tell?: Tell;
}

export interface Storage extends StoragePorts {
  /** Finishes what was accepted and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Opens everything, or nothing. The database comes first: it is what keeps a second process out of the folder, and rejects with
 * `conflict` when one is there.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { dir, clock, log, environment, tell = untold } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const opened: (() => Promise<void>)[] = [];
  async function close(): Promise<void> {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  }
  try {
    const stores = await openSqliteStores({ file: join(dir, databaseName), clock, log, tell });
    opened.push(stores.close);
    const blobs = await openBlobs(options);
    opened.push(blobs.close);
    const logFiles = await openLogFiles(join(dir, 'logs'));
    const mirrors = await openGitMirrors({ dir: join(dir, 'git'), environment, clock, log });
    opened.push(mirrors.close);
    return {
      blobs: measuredBlobs(blobs.store, { clock, tell }),
      logFiles,
      sealedLogs: stores.sealedLogs,
      mirrors: measuredMirrors(mirrors, { clock, tell }),
      sourceStore: stores.source,
      buildStore: stores.builds,
      machineStore: stores.machines,
      tokenStore: stores.tokens,
      configFile: createConfigFile({ path: options.configFile, dataDir: dir }, { clock, environment }),
      retention: { store: stores.retention, mirrors: mirrors.shelf, gate: createRemovalGate(dir) },
      probes: {
        database: stores.probe,
        disk: { room: () => roomOf(dir) },
        git: { version: mirrors.version },
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openBlobs({
  dir,
  clock,
  log,
  blobs,
}: StorageOptions): Promise<{ store: BlobStore; close: () => Promise<void> }> {
  if (blobs.kind === 'folder') {
    return { store: await openFolderBlobs(join(dir, 'blobs')), close: async () => {} };
  }
  const store = await openS3Blobs(blobs, { clock, log });
  return { store, close: async () => store.close() };
}
