/** What the globs select, as a compressed tar. */
import { readlinkSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { FarmError } from '../wire/farm-error.ts';
import type { Result } from '../wire/protocol.ts';
import type { ByteSink } from '../wire/session.ts';
import { createMeter } from './digest.ts';
import { textName } from './folder-handle.ts';
import { namesOf, openAt } from './inside.ts';
import { type OpenFile, openToRead } from './open-file.ts';
import type { Pace } from './pace.ts';
import { padding, type TarHeader, tarEnd, tarHeader } from './tar-header.ts';
import { type Walked, walk } from './walk.ts';

/** Speed counts more than the last percents of size: the machine has builds to run. */
const gzipLevel = 3;

/** Files that vanish meanwhile, sockets and devices are left out; links stay links. Rejects with `conflict` for a file that shrinks. */
export async function sendArchive(
  root: string,
  globs: readonly string[],
  sink: ByteSink,
  pace: Pace,
): Promise<Result<'archive.get'>> {
  const patterns = globs.map((glob, index) => namesOf(glob, `globs.${index}`));
  const meter = createMeter();
  const count = { entries: 0 };
  const gzip = createGzip({ level: gzipLevel });
  // What goes wrong is thrown by whoever reads from it.
  pipeline(Readable.from(archive(root, patterns, pace, count)), gzip, () => undefined);
  for await (const chunk of gzip as AsyncIterable<Uint8Array>) {
    meter.add(chunk);
    await sink.write(chunk);
  }
  sink.end();
  return { entries: count.entries, bytes: meter.bytes, digest: meter.digest() };
}

async function* archive(
  root: string,
  globs: readonly (readonly string[])[],
  pace: Pace,
  count: { entries: number },
): AsyncGenerator<Uint8Array> {
  const folder = openAt(root, [], { field: 'globs', make: false });
  try {
    for await (const walked of walk(folder, { globs, recursive: true }, pace)) {
      for await (const bytes of entry(walked)) {
        if (bytes === 'entry') count.entries++;
        else yield bytes;
      }
    }
  } finally {
    folder.close();
  }
  yield tarEnd();
}

/** Nothing for what an archive cannot hold, or is not there any more. */
async function* entry(walked: Walked): AsyncGenerator<Uint8Array | 'entry'> {
  const { stats, parent, name, path } = walked;
  const about = { name: path, mode: stats.mode & 0o777, bytes: 0, modifiedAt: stats.mtimeMs / 1000 };
  if (stats.isDirectory()) {
    yield 'entry';
    yield tarHeader({ ...about, type: 'folder', name: `${path}/` });
  } else if (stats.isSymbolicLink()) {
    const target = unlessGone(() => readlinkSync(parent.at(name), 'latin1'));
    if (target === undefined) return;
    yield 'entry';
    yield tarHeader({ ...about, type: 'link', target });
  } else if (stats.isFile()) {
    const file = unlessGone(() => openToRead(parent, name, 'globs'));
    if (file === undefined) return;
    yield 'entry';
    yield* content(file, { ...about, type: 'file', bytes: file.stats.size });
  }
}

async function* content(file: OpenFile, header: TarHeader): AsyncGenerator<Uint8Array> {
  try {
    yield tarHeader(header);
    let sent = 0;
    for await (const chunk of file.chunks()) {
      sent += chunk.length;
      yield chunk;
    }
    if (sent < header.bytes) {
      throw new FarmError('conflict', `"${textName(header.name)}" shrank while it was read`, {
        blame: 'change',
        retry: 'same',
      });
    }
    yield padding(sent);
  } finally {
    file.close();
  }
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
