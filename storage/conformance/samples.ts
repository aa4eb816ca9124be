/** Things to store, each complete, with what matters to a test said by it. */
import type { NewBuild } from '../../core/builds/ports.ts';
import type { Artifact, JournalEntry } from '../../core/builds/types.ts';
import type { SealedLog } from '../../core/logs/types.ts';
import type { MachineStore } from '../../core/machines/ports.ts';
import type { Commit } from '../../core/source/types.ts';

/** Far from any real date, so that nothing passes by chance. */
export const noon = Date.UTC(2031, 4, 5, 12);

/** A hash that is a whole one and differs for each number. */
export function hash(number: number): string {
  return number.toString(16).padStart(8, '0').repeat(5);
}

export function newBuild(id: string, over: Partial<NewBuild> = {}): NewBuild {
  return {
    id,
    repo: 'croft',
    commit: hash(1),
    builder: 'linux',
    hostType: 'linux-x64',
    class: 'post-submit',
    priority: 0,
    branch: 'main',
    position: 1,
    commitAt: noon - 60_000,
    trigger: 'request',
    retryOf: null,
    requestedBy: null,
    createdAt: noon,
    maxAttempts: 3,
    ...over,
  };
}

export function commit(number: number, over: Partial<Commit> = {}): Commit {
  return {
    repo: 'croft',
    hash: hash(number),
    tree: hash(1_000_000 + number),
    parents: number > 1 ? [hash(number - 1)] : [],
    author: { name: 'Åsa "Q" O’Brien', email: 'asa@example.org' },
    authoredAt: noon - 1_000,
    committedAt: noon,
    subject: `change ${number}`,
    ...over,
  };
}

type Joining = Parameters<MachineStore['join']>[0]['machine'];

export function joining(id: string, over: Partial<Joining> = {}): Joining {
  return {
    id,
    name: `host of ${id}`,
    publicKey: `key-of-${id}`,
    hostType: 'linux-x64',
    slots: 2,
    platform: {
      os: 'linux',
      arch: 'x64',
      release: '6.1.0',
      hostname: id,
      cpus: 8,
      memoryBytes: 16 * 1024 ** 3,
      runtime: 'bun',
      runtimeVersion: '1.4.5',
      agentVersion: '0.1.0',
    },
    ...over,
  };
}

/** Lets a machine in, so that attempts can name it. */
export async function joinMachine(store: MachineStore, id: string): Promise<void> {
  await store.createJoinToken({
    hash: `hash-for-${id}`,
    token: {
      id: `jtk-${id}`,
      hostType: null,
      createdAt: noon,
      expiresAt: noon + 60_000,
      usedAt: null,
      usedBy: null,
      createdBy: 'admin',
    },
  });
  await store.join({ tokenHash: `hash-for-${id}`, at: noon, machine: joining(id) });
}

export function entry(attemptId: string, seq: number, over: Partial<JournalEntry> = {}): JournalEntry {
  return {
    attemptId,
    seq,
    step: 'plan',
    phase: seq % 2 === 0 ? 'intent' : 'result',
    at: noon + seq,
    data: { seq, text: 'π ≠ 3' },
    ...over,
  };
}

export function artifact(
  id: string,
  attemptId: string,
  buildId: string,
  over: Partial<Artifact> = {},
): Artifact {
  return {
    id,
    attemptId,
    buildId,
    path: `out/${id}.txt`,
    bytes: 12,
    digest: `sha256:${'0'.repeat(64)}`,
    blobKey: `artifacts/${id}`,
    ...over,
  };
}

export function sealedLog(id: string, over: Partial<SealedLog> = {}): SealedLog {
  return {
    id,
    bytes: 5,
    lines: 1,
    droppedBytes: 0,
    sealedAt: noon,
    content: { kind: 'inline', data: new Uint8Array([0, 1, 2, 253, 255]) },
    ...over,
  };
}
