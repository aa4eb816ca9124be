/** What is in a folder, within limits. */
import { readlinkSync, type Stats } from 'node:fs';
import { limits } from '../wire/limits.ts';
import type { Params, Result } from '../wire/protocol.ts';
import { createMeter } from './digest.ts';
import { textName } from './folder-handle.ts';
import { namesOf, openAt, resolveInside } from './inside.ts';
import { openToRead } from './open-file.ts';
import type { Pace } from './pace.ts';
import { type Walked, walk } from './walk.ts';

type Listing = Result<'file.list'>;
type Entry = Listing['entries'][number];

/** All of it goes into one message. */
const listingBytes = limits.messageBytes - 64 * 1024;

/** Paths are given below the work folder, globs are taken below `dir`. */
export async function listFolder(
  root: string,
  query: Pick<Params<'file.list'>, 'dir' | 'globs' | 'recursive' | 'digest'>,
  pace: Pace,
): Promise<Listing> {
  const names = resolveInside(root, query.dir, 'dir');
  const globs = query.globs?.map((glob, index) => namesOf(glob, `globs.${index}`));
  const prefix = names.map((name) => `${name}/`).join('');
  const folder = openAt(root, names, { field: 'dir', make: false });
  const entries: Entry[] = [];
  let bytes = 0;
  try {
    for await (const walked of walk(folder, { globs, recursive: query.recursive }, pace)) {
      const entry = await describe(walked, prefix, query.digest);
      if (entry === undefined) continue;
      bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
      if (entries.length >= limits.listEntries || bytes > listingBytes)
        return { entries: sorted(entries), cut: true };
      entries.push(entry);
    }
  } finally {
    folder.close();
  }
  return { entries: sorted(entries), cut: false };
}

/** Undefined for what vanished meanwhile. */
async function describe(walked: Walked, prefix: string, wantsDigest: boolean): Promise<Entry | undefined> {
  const { stats } = walked;
  const entry: Entry = {
    path: textName(prefix + walked.path),
    kind: kindOf(stats),
    mode: stats.mode & 0o7777,
    bytes: stats.size,
    modifiedAt: Math.floor(stats.mtimeMs),
  };
  try {
    if (entry.kind === 'link')
      return { ...entry, target: readlinkSync(walked.parent.at(walked.name), 'utf8') };
    if (entry.kind === 'file' && wantsDigest) return { ...entry, ...(await digestOf(walked)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // Not ours to read, or changed its kind: listed without what could not be found out.
  }
  return entry;
}

async function digestOf({ parent, name }: Walked): Promise<Pick<Entry, 'bytes' | 'digest'>> {
  const file = openToRead(parent, name, 'path');
  try {
    const meter = createMeter();
    for await (const chunk of file.chunks()) meter.add(chunk);
    return { bytes: meter.bytes, digest: meter.digest() };
  } finally {
    file.close();
  }
}

function kindOf(stats: Stats): Entry['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'dir';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

function sorted(entries: Entry[]): Entry[] {
  return entries.sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
}
