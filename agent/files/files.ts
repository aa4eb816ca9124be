/** Files of a lease's work folder, in and out: what the `archive.…` and `file.…` calls do. */

import type { Lease } from '../leases/lease.ts';
import { invalidInput, isFarmError } from '../wire/farm-error.ts';
import type { Params, Result } from '../wire/protocol.ts';
import type { ByteSink, ByteSource } from '../wire/session.ts';
import type { ArchiveCache, CacheWriter } from './archive-cache.ts';
import { createMeter, type Meter } from './digest.ts';
import { listFolder } from './list.ts';
import { createPace, type Pace } from './pace.ts';
import { removePaths } from './remove.ts';
import { sendArchive } from './tar-out.ts';
import { getFile, putFile } from './transfer.ts';
import { type UnpackDeps, unpack } from './unpack.ts';

export interface Files {
  unpackCached(lease: Lease, params: Params<'archive.unpack'>): Promise<Result<'archive.unpack'>>;
  putArchive(lease: Lease, params: Params<'archive.put'>, source: ByteSource): Promise<Result<'archive.put'>>;
  getArchive(lease: Lease, params: Params<'archive.get'>, sink: ByteSink): Promise<Result<'archive.get'>>;
  put(lease: Lease, params: Params<'file.put'>, source: ByteSource): Promise<Result<'file.put'>>;
  get(lease: Lease, params: Params<'file.get'>, sink: ByteSink): Promise<Result<'file.get'>>;
  list(lease: Lease, params: Params<'file.list'>): Promise<Result<'file.list'>>;
  remove(lease: Lease, params: Params<'file.remove'>): Promise<Result<'file.remove'>>;
}

export interface FilesDeps extends UnpackDeps {
  readonly cache: ArchiveCache;
}

export function createFiles(deps: FilesDeps): Files {
  const paceOf = ({ signal }: Lease): Pace => createPace(deps.clock, deps.pause, signal);
  const rootOf = ({ workDir }: Lease, dir: string) => ({ root: workDir, dir });

  async function unpackCached(
    lease: Lease,
    { dir, digest }: Params<'archive.unpack'>,
  ): Promise<Result<'archive.unpack'>> {
    const cached = deps.cache.find(digest);
    if (cached === undefined) return { have: false, entries: 0 };
    const meter = createMeter();
    const archive = { source: metered(cached.chunks, meter, lease.signal), compression: cached.compression };
    try {
      const entries = await unpack(deps, rootOf(lease, dir), archive, () => {
        if (meter.digest() !== digest) throw wrongDigest(digest);
      });
      return { have: true, entries };
    } catch (error) {
      // It could be unpacked when it came, so the disk did not keep what it was given: as if it were not there.
      if (!isFarmError(error) || error.code !== 'invalid_input') throw error;
      deps.cache.drop(digest);
      return { have: false, entries: 0 };
    }
  }

  async function putArchive(
    lease: Lease,
    { dir, digest, compression }: Params<'archive.put'>,
    source: ByteSource,
  ): Promise<Result<'archive.put'>> {
    const meter = createMeter();
    const writer = digest === undefined ? undefined : deps.cache.write(digest, compression);
    let actual = '';
    try {
      const archive = { source: metered(source, meter, lease.signal, writer), compression };
      const entries = await unpack(deps, rootOf(lease, dir), archive, () => {
        actual = meter.digest();
        if (digest !== undefined && digest !== actual) throw wrongDigest(digest);
      });
      writer?.keep();
      return { entries, bytes: meter.bytes, digest: actual };
    } finally {
      writer?.discard();
    }
  }

  return {
    unpackCached,
    putArchive,
    getArchive: (lease, { globs }, sink) => sendArchive(lease.workDir, globs, sink, paceOf(lease)),
    put: (lease, { path, mode }, source) => putFile(lease.workDir, { path, mode }, source, deps.randomness),
    get: (lease, { path }, sink) => getFile(lease.workDir, path, sink),
    list: (lease, params) => listFolder(lease.workDir, params, paceOf(lease)),
    remove: async (lease, { paths }) => ({ removed: await removePaths(lease.workDir, paths, paceOf(lease)) }),
  };
}

/** The same bytes, counted, hashed and perhaps kept, until the lease ends. */
async function* metered(
  source: AsyncIterable<Uint8Array>,
  meter: Meter,
  signal: AbortSignal,
  writer?: CacheWriter,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    signal.throwIfAborted();
    meter.add(chunk);
    await writer?.add(chunk);
    yield chunk;
  }
}

function wrongDigest(digest: string): Error {
  return invalidInput('params.digest', `The bytes that came are not ${digest}`);
}
