/**
 * Archives by the digest of their bytes, so that a tree which many builds share comes over the wire once. Bounded: the ones that were
 * used longest ago go first. What is read from it is verified again, since disks forget.
 */
import { closeSync, futimesSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import type { Randomness } from '../kit/ids.ts';
import { chunksOf, writeAll } from './open-file.ts';
import type { Compression } from './tar-in.ts';

/** Open until it was read to its end, or its reader stopped. */
export interface CachedArchive {
  readonly compression: Compression;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** An archive on its way into the cache. A disk that refuses it ends the caching and nothing else. */
export interface CacheWriter {
  add(bytes: Uint8Array): Promise<void>;
  /** It is what its digest says: from now on it is found. */
  keep(): void;
  discard(): void;
}

export interface ArchiveCache {
  find(digest: string): CachedArchive | undefined;
  write(digest: string, compression: Compression): CacheWriter;
  /** It is not what its name says. */
  drop(digest: string): void;
  readonly bytes: number;
}

interface Entry {
  readonly file: string;
  readonly bytes: number;
  readonly compression: Compression;
}

const endings: Readonly<Record<Compression, string>> = { none: '.tar', gzip: '.tgz' };

export function createArchiveCache(deps: {
  readonly folder: string;
  readonly limitBytes: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Randomness;
}): ArchiveCache {
  const { folder, limitBytes } = deps;
  /** The ones used longest ago first: a Map keeps the order in which entries were put in. */
  const entries = new Map<string, Entry>(findEntries(folder));
  let bytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);

  function drop(digest: string): void {
    const entry = entries.get(digest);
    if (entry === undefined) return;
    entries.delete(digest);
    bytes -= entry.bytes;
    // Who reads it right now has it open and reads on.
    rmSync(join(folder, entry.file), { force: true });
  }

  function add(digest: string, entry: Entry): void {
    drop(digest);
    for (const oldest of [...entries.keys()]) {
      if (bytes + entry.bytes <= limitBytes) break;
      drop(oldest);
    }
    entries.set(digest, entry);
    bytes += entry.bytes;
  }

  function find(digest: string): CachedArchive | undefined {
    const entry = entries.get(digest);
    if (entry === undefined) return undefined;
    const file = openIfThere(join(folder, entry.file));
    if (file === undefined) {
      drop(digest);
      return undefined;
    }
    entries.delete(digest);
    entries.set(digest, entry);
    const seconds = deps.clock.now() / 1000;
    // For the next agent, which orders them by this.
    futimesSync(file, seconds, seconds);
    return { compression: entry.compression, chunks: readAndClose(file, entry.bytes) };
  }

  return {
    find,
    write: (digest, compression) => createWriter(deps, digest, compression, add),
    drop,
    get bytes() {
      return bytes;
    },
  };
}

function createWriter(
  { folder, limitBytes, randomness }: { folder: string; limitBytes: number; randomness: Randomness },
  digest: string,
  compression: Compression,
  add: (digest: string, entry: Entry) => void,
): CacheWriter {
  const temporary = join(folder, `new-${Buffer.from(randomness.bytes(8)).toString('hex')}`);
  let file: number | undefined;
  let bytes = 0;
  let isGivenUp = false;

  function discard(): void {
    if (file === undefined) return;
    closeSync(file);
    file = undefined;
    rmSync(temporary, { force: true });
  }

  return {
    async add(chunk) {
      bytes += chunk.length;
      isGivenUp ||= bytes > limitBytes;
      try {
        if (isGivenUp) {
          discard();
          return;
        }
        file ??= openSync(temporary, 'wx', 0o600);
        await writeAll(file, chunk);
      } catch {
        // A full disk most likely: the archive is used all the same, and comes over the wire again next time.
        isGivenUp = true;
        discard();
      }
    },
    keep() {
      if (file === undefined) return;
      closeSync(file);
      file = undefined;
      const name = digest.replace(':', '-') + endings[compression];
      renameSync(temporary, join(folder, name));
      add(digest, { file: name, bytes, compression });
    },
    discard,
  };
}

/** What an earlier agent left, the ones used longest ago first; what it had not finished is removed. */
function findEntries(folder: string): readonly (readonly [string, Entry])[] {
  const found = readdirSync(folder).flatMap((file) => {
    const [, hex, ending] = /^sha256-([0-9a-f]{64})(\.tar|\.tgz)$/.exec(file) ?? [];
    const path = join(folder, file);
    if (hex === undefined) {
      rmSync(path, { recursive: true, force: true });
      return [];
    }
    const { size, mtimeMs } = statSync(path);
    const compression: Compression = ending === '.tgz' ? 'gzip' : 'none';
    return [{ digest: `sha256:${hex}`, usedAt: mtimeMs, entry: { file, bytes: size, compression } }];
  });
  found.sort((left, right) => left.usedAt - right.usedAt);
  return found.map(({ digest, entry }) => [digest, entry]);
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    // Somebody removed it by hand.
    return undefined;
  }
}

async function* readAndClose(file: number, size: number): AsyncGenerator<Uint8Array> {
  try {
    yield* chunksOf(file, size);
  } finally {
    closeSync(file);
  }
}
