/** A build that happened already, with its log and artifacts, as the store and the logs keep it. */
import type { Build } from '../../core/builds/types.ts';
import type { Backend } from './backend.ts';
import { sha256 } from './backend.ts';

export interface PastBuild {
  readonly state?: 'passed' | 'failed';
  readonly log?: string;
  readonly artifacts?: Readonly<Record<string, string>>;
  readonly builder?: string;
}

const platform = {
  os: 'linux',
  arch: 'x64',
  release: '1',
  hostname: 'past',
  cpus: 1,
  memoryBytes: 1,
  runtime: 'bun',
  runtimeVersion: '1',
  agentVersion: '1',
} as const;

async function machineId({ storage, clock, ids }: Backend): Promise<string> {
  const id = ids.next('mch');
  const hash = sha256(id);
  const at = clock.now();
  const token = {
    id: ids.next('jtk'),
    hostType: 'local',
    createdAt: at,
    expiresAt: at + 60_000,
    usedAt: null,
    usedBy: null,
    createdBy: 'the test',
  };
  await storage.machineStore.createJoinToken({ token, hash });
  const machine = { id, name: id, publicKey: id, hostType: 'local', slots: 1, platform };
  const outcome = await storage.machineStore.join({ tokenHash: hash, at, machine });
  if (outcome.outcome !== 'joined') throw new Error(`The machine could not join: ${outcome.outcome}`);
  return id;
}

export async function addPastBuild(backend: Backend, past: PastBuild = {}): Promise<Build> {
  const { storage, clock, ids, coordinator } = backend;
  const { state = 'passed', log = '', artifacts = {}, builder = 'local' } = past;
  const commit = await coordinator.source.resolve('repo', 'main');
  const at = clock.now();
  const id = ids.next('bld');
  const build = {
    id,
    repo: 'repo',
    commit: commit.hash,
    builder,
    hostType: 'local',
    class: 'interactive',
    priority: 0,
    branch: 'main',
    position: null,
    commitAt: commit.committedAt,
    trigger: 'request',
    retryOf: null,
    requestedBy: 'the test',
    createdAt: at,
    maxAttempts: 3,
  } as const;
  await storage.buildStore.create([build]);
  const attemptId = ids.next('att');
  const begun = await storage.buildStore.claim({
    buildId: id,
    attempt: { id: attemptId, number: 1 },
    leaseId: ids.next('lse'),
    machineId: await machineId(backend),
    slot: 0,
    at,
    journal: [],
  });
  if (begun.outcome !== 'claimed') throw new Error(`The build could not begin: ${begun.outcome}`);
  const writer = await coordinator.logs.open(attemptId);
  await writer.append(new TextEncoder().encode(log), at);
  const kept = Object.entries(artifacts).map(([path, text]) => ({
    path,
    bytes: new TextEncoder().encode(text),
  }));
  const rows = [];
  for (const { path, bytes } of kept) {
    const digest = `sha256:${new Bun.CryptoHasher('sha256').update(bytes).digest('hex')}`;
    const blobKey = `artifacts/${digest.replace(':', '-')}`;
    await storage.blobs.put(blobKey, pieces(bytes));
    rows.push({ id: ids.next('art'), attemptId, buildId: id, path, bytes: bytes.length, digest, blobKey });
  }
  const ended = await storage.buildStore.endAttempt({
    attemptId,
    buildId: id,
    at: clock.now(),
    journal: [],
    state,
    error: null,
    log: await writer.seal(0),
    artifacts: rows,
    followUp: { kind: 'finished', state, blame: state === 'failed' ? 'change' : null, message: null },
  });
  await writer.discard();
  return ended;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}
