/** The coordinator's data folder: who owns it now, and the token that its operator finds in it. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { FarmError } from '../agent/wire/farm-error.ts';

export const databaseName = 'croft.db';
/** While this is there the folder is half of one and half of the other, and no coordinator starts on it. */
export const unfinishedRestoreName = 'restore-unfinished';

export interface DataFolder {
  readonly dir: string;
  /** Readable by its owner only; made at the first start. */
  readonly adminToken: string;
  /** Tells other programs of this machine where the coordinator is. */
  announce(info: { readonly url: string; readonly port: number }): void;
  /** Takes the process id back, unless another process has written its own meanwhile. */
  release(): void;
}

/**
 * Opens the folder for one coordinator: makes what is missing, and refuses a folder whose coordinator still runs.
 * `isCoordinator` looks whether a process id belongs to a running coordinator of this folder.
 */
export function openDataFolder(
  dir: string,
  deps: {
    readonly pid: number;
    readonly newToken: () => string;
    readonly isCoordinator: (pid: number) => boolean;
  },
): DataFolder {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const pidFile = join(dir, 'coordinator.pid');
  const owner = readPid(pidFile);
  if (owner !== null && owner !== deps.pid && deps.isCoordinator(owner)) {
    throw new FarmError(
      'conflict',
      `The data folder "${dir}" belongs to the coordinator with process id ${owner}; stop it first, or use another --data folder`,
      { blame: 'caller', details: { pid: owner } },
    );
  }
  if (existsSync(join(dir, unfinishedRestoreName))) {
    throw new FarmError(
      'conflict',
      `A restore into the data folder "${dir}" was broken off; run croft restore once more`,
      { blame: 'caller' },
    );
  }
  writeAtomically(pidFile, `${deps.pid}\n`, 0o644);
  const infoFile = join(dir, 'coordinator.json');
  return {
    dir,
    adminToken: adminToken(join(dir, 'admin-token'), deps.newToken),
    announce: (info) => writeAtomically(infoFile, `${JSON.stringify({ pid: deps.pid, ...info })}\n`, 0o644),
    release() {
      if (readPid(pidFile) !== deps.pid) return;
      rmSync(pidFile, { force: true });
      rmSync(infoFile, { force: true });
    },
  };
}

/** For those who work on a folder that is there. Throws `not_found`. */
export function mustBeDataFolder(dir: string): void {
  if (statSync(join(dir, databaseName), { throwIfNoEntry: false })?.isFile() === true) return;
  const message = `"${dir}" is no data folder: it has no ${databaseName}; name one with --data`;
  throw new FarmError('not_found', message, { blame: 'caller' });
}

function adminToken(file: string, newToken: () => string): string {
  if (existsSync(file)) {
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') {
      chmodSync(file, 0o600);
      return token;
    }
  }
  const token = newToken();
  writeAtomically(file, `${token}\n`, 0o600);
  return token;
}

function readPid(file: string): number | null {
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').trim());
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function writeAtomically(file: string, content: string, mode: number): void {
  const temporary = `${file}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, content, { mode, flush: true });
  renameSync(temporary, file);
}
