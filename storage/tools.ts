/** What the command line does with a data folder itself, with or without a coordinator at work on it. */
import { join } from 'node:path';
import type { Clock } from '../agent/kit/clock.ts';
import { silentLog } from '../agent/kit/log.ts';
import { type BackupReport, type BackupRequest, backUp } from './backup/backup.ts';
import { type RestoreReport, type RestoreRequest, restore } from './backup/restore.ts';
import { lookAtFolderBlobs } from './blobs/folder.ts';
import { openS3Blobs } from './blobs/s3.ts';
import { checkStorage } from './check/check.ts';
import type { CheckReport, CheckRequest } from './check/types.ts';
import type { BlobPlace } from './open.ts';

export interface ToolDeps {
  readonly clock: Clock;
  readonly version: string;
  /** Where the environment says that objects are; asked for when a command needs it. */
  readonly blobs: () => BlobPlace;
}

type Asked<T> = Omit<T, 'clock' | 'version' | 'blobs' | 'blobsElsewhere'>;

export interface StorageTools {
  backUp(request: Asked<BackupRequest>): Promise<BackupReport>;
  restore(request: Asked<RestoreRequest>): Promise<RestoreReport>;
  check(request: Asked<CheckRequest>): Promise<CheckReport>;
}

export function createStorageTools({ clock, version, blobs }: ToolDeps): StorageTools {
  return {
    async backUp(request) {
      const place = blobs();
      const blobsElsewhere =
        place.kind === 's3' ? `the S3 bucket "${place.bucket}", prefix "${place.prefix}"` : null;
      return await backUp({ ...request, blobsElsewhere, version, clock });
    },
    restore: (request) => restore({ ...request, clock }),
    async check(request) {
      const place = blobs();
      if (place.kind === 'folder') {
        const root = join(request.dir, 'blobs');
        return await checkStorage({ ...request, blobs: lookAtFolderBlobs(root), clock });
      }
      const store = await openS3Blobs(place, { clock, log: silentLog });
      try {
        return await checkStorage({ ...request, blobs: store, clock });
      } finally {
        store.close();
      }
    },
  };
}
