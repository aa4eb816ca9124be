/** What the coordinator may ask of this agent: each call of the protocol, given to the part that does it. */
import { join } from 'node:path';
import type { Files } from './files/files.ts';
import { textName } from './files/folder-handle.ts';
import { resolveInside } from './files/inside.ts';
import { holdings } from './holdings.ts';
import type { Lease } from './leases/lease.ts';
import type { Leases } from './leases/leases.ts';
import { checkOffset, sendOutput } from './runs/attachment.ts';
import type { Run } from './runs/run.ts';
import type { Runs } from './runs/runs.ts';
import type { RunPlace } from './runs/start-run.ts';
import { toFarmError } from './wire/farm-error.ts';
import type { MachineStatus } from './wire/protocol.ts';
import type { ByteSink, ByteSource, CallHandlers, NoticeHandlers } from './wire/session.ts';

export interface AgentParts {
  readonly leases: Leases;
  readonly runs: Runs;
  readonly files: Files;
  readonly status: () => MachineStatus;
  /** Told of every sending of output that begins; it settles when all is sent, and never rejects. */
  readonly onAttached: (sending: Promise<void>) => void;
}

export function createHandlers({ leases, runs, files, status, onAttached }: AgentParts): CallHandlers {
  function attach(run: Run, offset: number, sink: ByteSink): void {
    checkOffset(run, offset);
    onAttached(sendOutput(run, offset, sink));
  }

  return {
    'lease.begin': ({ leaseId, slot }) => leases.begin(leaseId, slot),
    'lease.end': ({ leaseId }) => leases.end(leaseId),

    'archive.unpack': async (params) =>
      onLease(leases.use(params.leaseId), (lease) => files.unpackCached(lease, params)),
    'archive.put': async (params, session) =>
      withSource(leases.use(params.leaseId), session.receive(params.stream), (lease, source) =>
        files.putArchive(lease, params, source),
      ),
    'archive.get': async (params, session) =>
      withSink(leases.use(params.leaseId), session.send(params.stream), (lease, sink) =>
        files.getArchive(lease, params, sink),
      ),
    'file.put': async (params, session) =>
      withSource(leases.use(params.leaseId), session.receive(params.stream), (lease, source) =>
        files.put(lease, params, source),
      ),
    'file.get': async (params, session) =>
      withSink(leases.use(params.leaseId), session.send(params.stream), (lease, sink) =>
        files.get(lease, params, sink),
      ),
    'file.list': async (params) => onLease(leases.use(params.leaseId), (lease) => files.list(lease, params)),
    'file.remove': async (params) =>
      onLease(leases.use(params.leaseId), (lease) => files.remove(lease, params)),

    'run.start': async (params, session) => {
      const sink = params.stream === undefined ? undefined : session.send(params.stream);
      const { run, started } = await onLease(leases.use(params.leaseId), (lease) =>
        runs.start(params, placeOf(lease, params.cwd)),
      );
      if (sink !== undefined) attach(run, params.offset ?? 0, sink);
      return { started, report: run.report() };
    },
    'run.attach': async ({ runId, offset, stream }, session) => {
      const run = runs.get(runId);
      attach(run, offset, session.send(stream));
      return { report: run.report() };
    },
    'run.signal': async ({ runId, signal }) => ({ delivered: runs.get(runId).signal(signal) }),
    'run.wait': async ({ runId }) => await runs.get(runId).ended,

    status: async () => ({ status: status(), ...holdings(leases, runs) }),
    drain: async ({ on }) => {
      leases.setDraining(on);
      return {};
    },
  };
}

export function createNoticeHandlers(runs: Runs): NoticeHandlers {
  return { 'run.acknowledge': ({ runId, offset }) => runs.acknowledge(runId, offset) };
}

function onLease<T>(lease: Lease, work: (lease: Lease) => Promise<T>): Promise<T> {
  return lease.during(() => work(lease));
}

/** The lease's end breaks the stream off, and with it the work. */
function withSource<T>(
  lease: Lease,
  source: ByteSource,
  work: (lease: Lease, source: ByteSource) => Promise<T>,
): Promise<T> {
  return untilEnd(
    lease,
    () => source.cancel(toFarmError(lease.signal.reason)),
    () => work(lease, source),
  );
}

function withSink<T>(
  lease: Lease,
  sink: ByteSink,
  work: (lease: Lease, sink: ByteSink) => Promise<T>,
): Promise<T> {
  return untilEnd(
    lease,
    () => sink.reset(toFarmError(lease.signal.reason)),
    () => work(lease, sink),
  );
}

async function untilEnd<T>(lease: Lease, breakOff: () => void, work: () => Promise<T>): Promise<T> {
  lease.signal.addEventListener('abort', breakOff, { once: true });
  try {
    return await lease.during(work);
  } finally {
    lease.signal.removeEventListener('abort', breakOff);
  }
}

function placeOf(lease: Lease, cwd: string): RunPlace {
  const { workDir, cgroup, homes } = lease;
  const names = resolveInside(workDir, cwd, 'params.cwd').map(textName);
  return { workDir, cwd: join(workDir, ...names), cgroup, makeHomes: homes.make };
}
