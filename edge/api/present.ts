/** From what core knows to the REST resources. Pure; one function a resource. */
import type { AccessToken as CoreToken } from '../../core/access/types.ts';
import type { Removal } from '../../core/blobs/types.ts';
import type { AttemptDetail, Build as CoreBuild, KeptArtifact } from '../../core/builds/types.ts';
import type { LogLine as CoreLogLine, LogStat } from '../../core/logs/types.ts';
import type { JoinToken as CoreJoinToken, MachineSnapshot } from '../../core/machines/types.ts';
import type { Why as CoreWhy } from '../../core/scheduler/types.ts';
import type { Commit as CoreCommit } from '../../core/source/types.ts';
import type {
  AccessToken,
  Artifact,
  Attempt,
  Build,
  Commit,
  JoinToken,
  LogLine,
  Machine,
  Why,
} from './model.ts';

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function maybeIso(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

export function presentBuild(build: CoreBuild): Build {
  const {
    id,
    repo,
    commit,
    builder,
    hostType,
    state,
    branch,
    trigger,
    retryOf,
    requestedBy,
    attempts,
    maxAttempts,
  } = build;
  return {
    id,
    repo,
    commit,
    builder,
    hostType,
    state,
    class: build.class,
    branch,
    trigger,
    retryOf,
    requestedBy,
    attempts,
    maxAttempts,
    createdAt: iso(build.createdAt),
    startedAt: maybeIso(build.startedAt),
    endedAt: maybeIso(build.endedAt),
    blame: build.blame,
    message: build.message,
    cancelRequestedBy: build.cancelRequestedBy,
  };
}

export function presentCommit(commit: CoreCommit): Commit {
  const { repo, hash, parents, author, subject } = commit;
  return {
    repo,
    hash,
    parents: [...parents],
    author: { ...author },
    subject,
    authoredAt: iso(commit.authoredAt),
    committedAt: iso(commit.committedAt),
  };
}

export function presentWhy(why: CoreWhy): Why {
  const { summary, ahead, impossible, basis, expectedStart } = why;
  return {
    summary,
    ahead,
    impossible,
    basis,
    blockers: why.blockers.map(({ kind, text }) => ({ kind, text })),
    expectedStart:
      expectedStart === null
        ? null
        : {
            earliest: iso(expectedStart.earliest),
            likely: iso(expectedStart.likely),
            latest: iso(expectedStart.latest),
          },
  };
}

export interface AttemptExtras {
  readonly machineName: string;
  readonly log: LogStat;
  /** The line at which a span's output starts. */
  readonly lineOf: (offset: number) => number | null;
}

export function presentAttempt({ attempt, spans }: AttemptDetail, extras: AttemptExtras): Attempt {
  const { id, number, state, slot, error } = attempt;
  return {
    id,
    number,
    state,
    slot,
    machine: { id: attempt.machineId, name: extras.machineName },
    startedAt: iso(attempt.startedAt),
    endedAt: maybeIso(attempt.endedAt),
    error: error === null ? null : { code: error.code, blame: error.blame, message: error.message },
    spans: spans.map((span) => ({
      step: span.step,
      title: span.title,
      startedAt: iso(span.startedAt),
      endedAt: maybeIso(span.endedAt),
      state: span.state,
      logLine: span.logOffset === null ? null : extras.lineOf(span.logOffset),
      detail: span.detail,
    })),
    log: { ...extras.log, removed: presentRemoval(extras.log.removed) },
  };
}

export function presentArtifact({ id, path, bytes, digest, removed }: KeptArtifact): Artifact {
  return { id, path, bytes, digest, url: `/api/v1/artifacts/${id}`, removed: presentRemoval(removed) };
}

function presentRemoval(removal: Removal | null): Artifact['removed'] {
  return removal === null ? null : { at: iso(removal.at), policy: removal.policy };
}

export function presentLine({ number, offset, at, text, cut }: CoreLogLine): LogLine {
  return { number, offset, at: maybeIso(at), text, cut };
}

export function presentJoinToken(token: CoreJoinToken): JoinToken {
  const { id, hostType, usedBy, createdBy } = token;
  return {
    id,
    hostType,
    usedBy,
    createdBy,
    createdAt: iso(token.createdAt),
    expiresAt: iso(token.expiresAt),
    usedAt: maybeIso(token.usedAt),
  };
}

export function presentToken(token: CoreToken): AccessToken {
  const { id, name } = token;
  return {
    id,
    name,
    scopes: [...token.scopes],
    createdAt: iso(token.createdAt),
    expiresAt: maybeIso(token.expiresAt),
    lastUsedAt: maybeIso(token.lastUsedAt),
  };
}

/** What a machine's slot is busy with; null when the build is not known any more. */
export type BuildOfSlot = (
  buildId: string,
) => { id: string; builder: string; repo: string; commit: string } | null;

export function presentMachine(snapshot: MachineSnapshot, buildOf: BuildOfSlot): Machine {
  const { machine, presence, reliability } = snapshot;
  const { id, name, hostType, quarantine } = machine;
  const { status } = presence;
  const slots = snapshot.slots.map((slot) => ({
    slot: slot.slot,
    state: slot.state,
    build: slot.holder === null ? null : buildOf(slot.holder.id),
    since: maybeIso(slot.since),
  }));
  const { state, doing } = machineState(snapshot, slots);
  return {
    id,
    name,
    hostType,
    pool: 'reverse',
    state,
    doing,
    slots,
    since: iso(sinceOf(snapshot, state)),
    platform: { ...machine.platform },
    status:
      status === null
        ? null
        : {
            load1: status.load1,
            memoryFreeBytes: status.memoryFreeBytes,
            diskFreeBytes: status.diskFreeBytes,
            diskTotalBytes: status.diskTotalBytes,
            uptimeMs: status.uptimeMs,
          },
    remote: presence.remote,
    createdAt: iso(machine.createdAt),
    lastSeenAt: iso(presence.connected ? Math.max(machine.lastSeenAt, presence.since) : machine.lastSeenAt),
    reliability: { ...reliability },
    quarantine:
      quarantine === null
        ? null
        : { since: iso(quarantine.since), reason: quarantine.reason, by: quarantine.by },
  };
}

function machineState(
  { machine, presence }: MachineSnapshot,
  slots: Machine['slots'],
): Pick<Machine, 'state' | 'doing'> {
  const busy = slots.filter((slot) => slot.state === 'busy');
  if (machine.revokedAt !== null)
    return { state: 'revoked', doing: 'Its key was revoked; it has to join anew' };
  if (machine.quarantine !== null)
    return { state: 'quarantined', doing: `Takes no work: ${machine.quarantine.reason}` };
  if (!presence.connected) return { state: 'away', doing: presence.note ?? 'It is not connected' };
  if (machine.draining || presence.note !== null) {
    const rest = busy.length === 0 ? 'nothing runs' : `${busy.length} slots finish their work`;
    return { state: 'draining', doing: `${presence.note ?? 'Takes no new work'}; ${rest}` };
  }
  if (busy.length === 0) {
    const resetting = slots.filter((slot) => slot.state !== 'free').length;
    return {
      state: 'idle',
      doing: resetting === 0 ? 'Waits for work' : `${resetting} slots are being cleaned`,
    };
  }
  const builds = busy.flatMap((slot) => (slot.build === null ? [] : [slot.build.builder]));
  return {
    state: 'busy',
    doing:
      builds.length === 0 ? `${busy.length} slots are in use` : `Builds ${[...new Set(builds)].join(', ')}`,
  };
}

function sinceOf({ machine, presence, slots }: MachineSnapshot, state: Machine['state']): number {
  if (state === 'revoked') return machine.revokedAt ?? presence.since;
  if (state === 'quarantined') return machine.quarantine?.since ?? presence.since;
  const starts = slots.flatMap((slot) =>
    slot.since === null || (state === 'busy') !== (slot.state === 'busy') ? [] : [slot.since],
  );
  return starts.length === 0
    ? presence.since
    : Math.max(presence.since, state === 'busy' ? Math.min(...starts) : Math.max(...starts));
}
