import { FarmError, isFarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { ByteSink, Session } from '../../agent/wire/session.ts';
import type { BlobStore } from '../blobs/ports.ts';
import type { HeldLease } from '../machines/types.ts';
import type { SourceArchive } from '../source/types.ts';

/** The folder inside a lease's work folder that holds the commit's tree; steps run there. */
export const sourceDir = 'src';

const beginTimeoutMs = 120_000;
const unpackTimeoutMs = 30 * 60_000;

/**
 * Takes the slot and puts the commit's tree into it, from the agent's cache when it has it. Answers the work folder. A tree that no
 * machine takes is the change's own fault.
 */
export async function prepare(
  session: Session,
  ctx: { readonly lease: HeldLease },
  archive: SourceArchive,
  blobs: BlobStore,
): Promise<string> {
  const { id: leaseId, slot } = ctx.lease;
  const { workDir } = await session.call('lease.begin', { leaseId, slot }, { timeoutMs: beginTimeoutMs });
  try {
    await putTree(session, leaseId, archive, blobs);
  } catch (error) {
    throw ofTheChange(error);
  }
  return workDir;
}

/** An entry is refused for what it is: a link that leaves the tree, or a name that no disk takes. */
function ofTheChange(error: unknown): unknown {
  if (!isFarmError(error)) return error;
  const field = String(error.details?.['field'] ?? '');
  if (error.code !== 'too_large' && !(error.code === 'invalid_input' && field.startsWith('archive entry')))
    return error;
  const message = `The files of this commit can't be put onto a machine: ${error.message}`;
  return new FarmError(error.code, message, { blame: 'change', cause: error });
}

async function putTree(
  session: Session,
  leaseId: string,
  archive: SourceArchive,
  blobs: BlobStore,
): Promise<void> {
  const cached = await session.call(
    'archive.unpack',
    { leaseId, dir: sourceDir, digest: archive.digest },
    { timeoutMs: unpackTimeoutMs },
  );
  if (cached.have) return;
  const stream = session.newStreamId();
  const sink = session.send(stream);
  const put = session.call(
    'archive.put',
    { leaseId, dir: sourceDir, digest: archive.digest, compression: 'none', stream },
    { timeoutMs: unpackTimeoutMs },
  );
  // The call's own rejection is the better message; a pump that breaks resets the stream, which ends the call.
  await Promise.all([put, pump(blobs.get(archive.blobKey), sink)]);
}

/** Sends everything of `source`; a source that fails breaks the stream off with its error. */
export async function pump(source: AsyncIterable<Uint8Array>, sink: ByteSink): Promise<void> {
  try {
    for await (const chunk of source) await sink.write(chunk);
    sink.end();
  } catch (error) {
    sink.reset(toFarmError(error));
    throw error;
  }
}
