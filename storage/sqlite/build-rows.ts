/** From rows to the words of core, and back. A row of `builds` has a build's shape already. */

import { FarmError } from '../../agent/wire/farm-error.ts';
import type { Artifact, Attempt, JournalEntry, KeptArtifact } from '../../core/builds/types.ts';
import type { SealedLog } from '../../core/logs/types.ts';
import type { artifacts, attempts, journal, sealedLogs } from '../schema/sqlite.ts';
import { attemptErrorCodec, journalDataCodec } from '../schema/values.ts';

export type AttemptRow = typeof attempts.$inferSelect;
export type JournalRow = typeof journal.$inferSelect;
export type ArtifactRow = typeof artifacts.$inferSelect;
export type SealedLogRow = typeof sealedLogs.$inferSelect;

export function attemptOf({ builder: _, ...row }: AttemptRow): Attempt {
  return { ...row, error: row.error === null ? null : attemptErrorCodec.decode(row.error) };
}

export function journalEntryOf(row: JournalRow): JournalEntry {
  return { ...row, data: journalDataCodec.decode(row.data) };
}

export function journalRowOf(entry: JournalEntry): JournalRow {
  const { attemptId, seq, step, phase, at } = entry;
  return { attemptId, seq, step, phase, at, data: journalDataCodec.encode(entry.data) };
}

export function artifactRowOf(artifact: Artifact, keptAt: number): ArtifactRow {
  const { id, attemptId, buildId, path, bytes, digest, blobKey } = artifact;
  return { id, attemptId, buildId, path, bytes, digest, blobKey, keptAt, removedAt: null, removedBy: null };
}

export function artifactOf({ keptAt: _, removedAt, removedBy, ...row }: ArtifactRow): KeptArtifact {
  const removed = removedAt === null ? null : { at: removedAt, policy: removedBy ?? '' };
  return { ...row, removed };
}

export function sealedLogOf({ data, blobKey, ...row }: SealedLogRow): SealedLog {
  if (data !== null) return { ...row, content: { kind: 'inline', data } };
  if (blobKey !== null) return { ...row, content: { kind: 'blob', key: blobKey } };
  throw new FarmError('storage_failed', `The sealed log "${row.id}" has no content`, { blame: 'farm' });
}

export function sealedLogRowOf({ content, ...log }: SealedLog): SealedLogRow {
  const { id, bytes, lines, droppedBytes, sealedAt } = log;
  const inline = content.kind === 'inline';
  return {
    id,
    bytes,
    lines,
    droppedBytes,
    sealedAt,
    data: inline ? Buffer.from(content.data.buffer, content.data.byteOffset, content.data.byteLength) : null,
    blobKey: inline ? null : content.key,
  };
}
