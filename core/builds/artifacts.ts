import { createHash } from 'node:crypto';
import type { Static } from '@sinclair/typebox';
import type { Clock, Timer } from '../../agent/kit/clock.ts';
import type { IdSource } from '../../agent/kit/ids.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { Session } from '../../agent/wire/session.ts';
import type { BlobStore } from '../blobs/ports.ts';
import type { StoredArtifact } from './journal.ts';
import { sourceDir } from './prepare.ts';
import { unlessSilent } from './unless-silent.ts';

export interface KeepOptions {
  readonly clock: Clock;
  readonly session: Session;
  readonly leaseId: string;
  /** Relative to the source folder. */
  readonly globs: readonly string[];
  readonly blobs: BlobStore;
  /** Keeps what is there under the key until the artifact is stored. */
  readonly hold: (key: string) => Promise<void>;
  readonly ids: IdSource;
  readonly signal: AbortSignal;
}

/** One build keeps at most this many files of this size; a note says what was left out. */
const mostFiles = 1_000;
const mostBytesEach = 4 * 1024 ** 3;
/** A listing digests every file it names; all of them at the speed of a slow disk. */
const listTimeoutMs = 30 * 60_000;
/** How long a machine may send nothing of a file, and then may owe the answer after its last byte. */
const silentMs = 120_000;

/** Copies what the globs select into the blob store, by content, so that equal files are kept once. */
export async function keepArtifacts(
  options: KeepOptions,
): Promise<{ artifacts: Static<typeof StoredArtifact>[]; note: string | null }> {
  const { session, leaseId } = options;
  const listing = await session.call(
    'file.list',
    { leaseId, dir: sourceDir, globs: [...options.globs], recursive: true, digest: true },
    { timeoutMs: listTimeoutMs },
  );
  const files = listing.entries.filter((entry) => entry.kind === 'file');
  const fitting = files.filter((entry) => entry.bytes <= mostBytesEach).slice(0, mostFiles);
  const artifacts: Static<typeof StoredArtifact>[] = [];
  for (const file of fitting) {
    options.signal.throwIfAborted();
    const digest = file.digest ?? '';
    const blobKey = `artifacts/${digest.slice('sha256:'.length)}`;
    const path = file.path.startsWith(`${sourceDir}/`) ? file.path.slice(sourceDir.length + 1) : file.path;
    await options.hold(blobKey);
    if ((await options.blobs.stat(blobKey)) === null)
      await keepFile(options, `${sourceDir}/${path}`, digest, blobKey);
    artifacts.push({ id: options.ids.next('art'), path, bytes: file.bytes, digest, blobKey });
  }
  const left = files.length - fitting.length;
  if (files.length === 0)
    return { artifacts, note: `no file matches the artifacts ${options.globs.join(', ')}` };
  if (left === 0 && !listing.cut) return { artifacts, note: null };
  const note = `${listing.cut ? 'more than' : ''} ${left} artifacts were left out: at most ${mostFiles} files of ${mostBytesEach} bytes are kept`;
  return { artifacts, note: note.trim() };
}

async function keepFile(options: KeepOptions, path: string, digest: string, blobKey: string): Promise<void> {
  const { session, leaseId, clock } = options;
  const stream = session.newStreamId();
  const source = unlessSilent(clock, session.receive(stream), silentMs, `the artifact "${path}"`);
  const overdue = new AbortController();
  let timer: Timer | undefined;
  try {
    const call = session.call('file.get', { leaseId, path, stream }, { signal: overdue.signal });
    const put = options.blobs.put(blobKey, verified(source, digest, path), { signal: options.signal });
    await Promise.all([
      call,
      put.then(() => (timer = clock.after(silentMs, () => overdue.abort(noAnswer(path))))),
    ]);
  } finally {
    timer?.cancel();
    overdue.abort(noAnswer(path));
  }
}

function noAnswer(path: string): FarmError {
  return new FarmError(
    'timed_out',
    `The machine did not say that it has sent all of the artifact "${path}"`,
    {
      blame: 'machine',
      retry: 'elsewhere',
    },
  );
}

/** A file that changed since it was listed must not be kept under its old digest: the put fails before it is published. */
async function* verified(
  source: AsyncIterable<Uint8Array>,
  digest: string,
  path: string,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` === digest) return;
  throw new FarmError('conflict', `Artifact "${path}" changed while it was copied`, { blame: 'change' });
}
