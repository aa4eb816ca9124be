/**
 * Tars of trees in the blob store. Commits with one tree share one archive, although git writes the commit's id and time into
 * a tar, so that two tars of one tree differ: what counts is the digest of the bytes that are stored, whoever put them there.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { BlobHolds } from '../blobs/index.ts';
import type { BlobStore } from '../blobs/ports.ts';
import { orAborted, type Patience, patience } from './patience.ts';
import type { GitMirrors, SourceStore } from './ports.ts';
import type { Commit, SourceArchive } from './types.ts';

export interface ArchiveDeps {
  readonly mirrors: Pick<GitMirrors, 'archive'>;
  readonly store: Pick<SourceStore, 'archive' | 'saveArchive'>;
  readonly blobs: BlobStore;
  readonly holds: BlobHolds;
  readonly clock: Clock;
}

export interface Archives {
  /** The stored archive of the commit's tree, made first when there is none. Callers that ask at once share the work. */
  of(commit: Commit, signal?: AbortSignal): Promise<SourceArchive>;
}

/** Between two pieces of a tar, or of a blob that is read back. */
const stallMs = 5 * 60_000;

export function createArchives(deps: ArchiveDeps): Archives {
  const underWay = new Map<string, Promise<SourceArchive>>();

  async function findOrMake(commit: Commit): Promise<SourceArchive> {
    const blobKey = keyOf(commit);
    // Retention may be about to remove what the look below finds.
    await deps.holds.take(blobKey, blobKey);
    try {
      return await findOrMakeHeld(commit);
    } finally {
      deps.holds.letGo(blobKey);
    }
  }

  async function findOrMakeHeld(commit: Commit): Promise<SourceArchive> {
    const { repo, tree } = commit;
    const stored = await deps.store.archive({ repo, tree });
    if (stored !== null && (await deps.blobs.stat(stored.blobKey)) !== null) return stored;
    const archive = await make(commit);
    await deps.store.saveArchive(archive);
    return archive;
  }

  async function make(commit: Commit): Promise<SourceArchive> {
    const { repo, tree, hash } = commit;
    const blobKey = keyOf(commit);
    const limit = patience(deps.clock, { ms: stallMs, what: `The archive of "${repo}" at ${hash}` });
    try {
      const sum = createSum();
      const content = summed(deps.mirrors.archive(repo, hash, limit.signal), sum, limit);
      const put = deps.blobs.put(blobKey, content, {
        contentType: 'application/x-tar',
        signal: limit.signal,
      });
      const { existed } = await orAborted(put, limit.signal);
      // A crash between put and save, or another coordinator, left it: its bytes are of a tar that this process never saw.
      const kept = existed ? await orAborted(readBack(blobKey, limit), limit.signal) : sum;
      return { repo, tree, digest: kept.digest(), bytes: kept.bytes, blobKey, createdAt: deps.clock.now() };
    } finally {
      limit.end();
    }
  }

  async function readBack(blobKey: string, limit: Patience): Promise<Sum> {
    const sum = createSum();
    for await (const _ of summed(deps.blobs.get(blobKey), sum, limit)) limit.signal.throwIfAborted();
    return sum;
  }

  return {
    of(commit, signal) {
      const key = `${commit.repo}/${commit.tree}`;
      // The work goes on when one of those who wait for it goes away: it is wanted again soon.
      const shared = underWay.get(key) ?? findOrMake(commit).finally(() => underWay.delete(key));
      underWay.set(key, shared);
      return orAborted(shared, signal);
    },
  };
}

function keyOf({ repo, tree }: Commit): string {
  return `source/${repo}/${tree}.tar`;
}

interface Sum {
  bytes: number;
  add(chunk: Uint8Array): void;
  /** `sha256:<hex>`, once. */
  digest(): string;
}

function createSum(): Sum {
  const hash = createHash('sha256');
  return {
    bytes: 0,
    add(chunk) {
      hash.update(chunk);
      this.bytes += chunk.length;
    },
    digest: () => `sha256:${hash.digest('hex')}`,
  };
}

async function* summed(
  content: AsyncIterable<Uint8Array>,
  sum: Sum,
  limit: Patience,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    sum.add(chunk);
    limit.renew();
    yield chunk;
  }
}

export function archiveGone(repo: string, hash: string): FarmError {
  const message = `Repository "${repo}" has no commit ${hash} any more`;
  return new FarmError('source_unavailable', message, { blame: 'outside', retry: { afterMs: 60_000 } });
}
