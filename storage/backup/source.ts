/** The files of a backup, one after the other, from a folder or a tar file alike. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { extract } from 'tar-stream';
import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';
import { systemCode, translateDiskError } from '../disk/errors.ts';
import { manifestName, notABackup, sumsName } from './manifest.ts';

export interface BackupFile {
  readonly path: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The manifest comes first. Rejects with `not_found` and `invalid_input`, naming the place. */
export async function* filesOf(from: string): AsyncGenerator<BackupFile> {
  const isFolder = await stat(from).then(
    (info) => info.isDirectory(),
    (error: unknown) => {
      throw systemCode(error) === 'ENOENT'
        ? new FarmError('not_found', `There is no backup "${from}"`, { blame: 'caller' })
        : translateDiskError(error, `read the backup "${from}"`);
    },
  );
  yield* isFolder ? inFolder(from) : inTar(from);
}

async function* inFolder(from: string): AsyncGenerator<BackupFile> {
  const names = await readdir(from, { recursive: true, withFileTypes: true });
  const paths = names
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(from, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
  if (!paths.includes(manifestName) || !paths.includes(sumsName)) {
    throw notABackup(from, `it has no ${paths.includes(manifestName) ? sumsName : manifestName}`);
  }
  const last = paths.filter((path) => path !== manifestName && path !== sumsName);
  for (const path of [manifestName, ...last, sumsName])
    yield { path, content: createReadStream(join(from, path)) };
}

async function* inTar(from: string): AsyncGenerator<BackupFile> {
  const tar = extract();
  const input = createReadStream(from);
  input.on('error', (error) => tar.destroy(error));
  input.pipe(tar);
  try {
    for await (const entry of tar) {
      if (entry.header.type !== 'file') throw notABackup(from, `"${entry.header.name}" in it is no file`);
      yield { path: entry.header.name, content: whole(entry as AsyncIterable<Uint8Array>, from) };
    }
  } catch (error) {
    throw damagedTar(error, from);
  } finally {
    input.destroy();
  }
}

/** What is wrong with a tar is told to whoever reads one of its files at that moment. */
async function* whole(content: AsyncIterable<Uint8Array>, from: string): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    throw damagedTar(error, from);
  }
}

function damagedTar(error: unknown, from: string): unknown {
  const isOfTar = error instanceof Error && systemCode(error) === null && !isFarmError(error);
  return isOfTar ? notABackup(from, error.message) : error;
}
