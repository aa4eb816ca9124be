/** Live logs in a folder, two files each: the bytes as they came, and when they came (`marks.ts`). */
import { constants } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError, invalidInput } from '../../agent/wire/farm-error.ts';
import type { LogFile, LogFiles } from '../../core/logs/ports.ts';
import { type Descriptor, openDescriptor } from '../disk/descriptor.ts';
import { translateDiskError } from '../disk/errors.ts';
import { syncFolder } from '../disk/sync-folder.ts';
import { createLogFile } from './log-file.ts';
import { decodeStretches, recordBytes, type Stretch } from './marks.ts';

const idPattern = /^[A-Za-z0-9_-]{1,128}$/;
const dataEnding = '.out';
const marksEnding = '.at';

/** The folder belongs to one process, and a log is open there once at a time. */
export async function openLogFiles(dir: string): Promise<LogFiles> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const openIds = new Set<string>();

  function pathsOf(id: string): { readonly data: string; readonly marks: string } {
    if (!idPattern.test(id)) throw invalidInput('id', `"${id.slice(0, 100)}" is no id of a log`);
    return { data: join(dir, id + dataEnding), marks: join(dir, id + marksEnding) };
  }

  async function openFile(id: string): Promise<LogFile> {
    const paths = pathsOf(id);
    if (openIds.has(id)) throw isOpen(id);
    openIds.add(id);
    let data: Descriptor | undefined;
    let marks: Descriptor | undefined;
    try {
      data = await openOrCreate(paths.data);
      marks = await openOrCreate(paths.marks);
      const stretches = await recover(data, marks);
      return createLogFile({
        id,
        data,
        marks,
        stretches,
        syncFolder: () => syncFolder(dir),
        onClosed: () => openIds.delete(id),
      });
    } catch (error) {
      openIds.delete(id);
      await data?.close();
      await marks?.close();
      throw translateDiskError(error, `open the log "${id}"`);
    }
  }

  return {
    open: openFile,
    async list() {
      try {
        const names = await readdir(dir);
        const logs = names.filter((name) => name.endsWith(dataEnding));
        return logs.map((name) => name.slice(0, -dataEnding.length)).sort();
      } catch (error) {
        throw translateDiskError(error, 'list the live logs');
      }
    },
    async remove(id) {
      const paths = pathsOf(id);
      if (openIds.has(id)) throw isOpen(id);
      try {
        // The data last: as long as it is there, the log is listed and can be removed again.
        await rm(paths.marks, { force: true });
        await rm(paths.data, { force: true });
      } catch (error) {
        throw translateDiskError(error, `remove the log "${id}"`);
      }
    },
  };
}

function openOrCreate(path: string): Promise<Descriptor> {
  return openDescriptor(path, constants.O_RDWR | constants.O_CREAT);
}

/** Cuts off what the last process left torn. */
async function recover(data: Descriptor, marks: Descriptor): Promise<Stretch[]> {
  const dataBytes = await data.size();
  if (dataBytes === 0) {
    await marks.truncate(0);
    return [];
  }
  const stored = new Uint8Array(await marks.size());
  await marks.read(stored, 0);
  const stretches = decodeStretches(stored, dataBytes);
  await data.truncate(stretches.at(-1)?.end ?? 0);
  await marks.truncate(stretches.length * recordBytes);
  return stretches;
}

function isOpen(id: string): FarmError {
  return new FarmError('conflict', `The log "${id}" is open already`, { blame: 'farm' });
}
