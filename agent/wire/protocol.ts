/**
 * The whole protocol between a coordinator and an agent, in the order in which it happens.
 *
 * 1. TRANSPORT. The agent opens one WebSocket to `<coordinator>/api/v1/dial` (reverse dial: it listens on no port). Each
 *    WebSocket message is one binary frame; a text message breaks the protocol.
 * 2. FRAMES (`frames.ts` holds the bytes): kind (1 byte), stream (4 bytes), payload length (4 bytes), payload.
 *    Unknown kinds are refused with an `error` frame and the connection is closed.
 * 3. HANDSHAKE. Coordinator: `challenge`. Agent: `hello`, signed over the challenge. Coordinator: `welcome` or `refused`.
 *    Nothing else is accepted before `welcome`.
 * 4. HEARTBEATS. Both sides send `ping` each `heartbeat.intervalMs`; the other answers `pong` with the same payload.
 *    Three intervals without any frame: the peer is dead, the connection is closed.
 * 5. CALLS. `request` and `response` messages with an id chosen by the requester. The coordinator calls the agent; each
 *    method has one schema for its parameters and one for its result, below. Unknown fields are ignored, unknown
 *    methods are answered with `unknown_kind`.
 * 6. STREAMS. A call that moves bytes names a stream id, chosen by the coordinator, fresh for the connection. One side
 *    sends `data`, starting with a credit of `limits.streamWindowBytes`; the receiver grants more with `credit` as it
 *    consumes. `end` closes a stream well, `reset` closes it with an error, from either side. Each stream has its own
 *    window, so a slow reader stalls nothing but its own stream.
 * 7. NOTICES. One-way messages that need no answer: facts of the agent, and acknowledgements of the coordinator.
 * 8. RESUME. Runs outlive connections. `hello` says which leases and runs the agent holds; `welcome` says which leases it
 *    may keep; every other lease is ended and its slot reset. Runs that go on are attached again by `run.attach` at the
 *    offset that the coordinator holds. Starting a run twice by the same id is harmless.
 */
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { errorCodes } from './farm-error.ts';
import { limits } from './limits.ts';

/**
 * History: 1 the first. A side speaks every version from `min` to `max`; the highest common one is used. `min` stays at
 * least one below `max` from the second version on: an agent and a coordinator one version apart work together, whichever is older.
 *
 * Without a new version may come what a peer can pass over: fields, notices, calls that only the side that knows them makes
 * (the other answers `unknown_kind`), codes of errors. Anything else (another meaning, a message or a frame of a new kind, a
 * field that must be there) is a new version, and is sent only where the handshake agreed on it.
 */
export const protocolVersions: VersionRange = { min: 1, max: 1 };

// ---------------------------------------------------------------------------------------------------------- 2 frames

/** The first byte of a frame. `message` and the heartbeat frames use stream 0. */
export const frameKinds = {
  /** JSON, one of the messages of part 3, 5 and 7. */
  message: 1,
  /** Bytes of a stream. */
  data: 2,
  /** Payload: 4 bytes, how many more bytes the peer may send on this stream. */
  credit: 3,
  /** The sender is done. Payload: empty, or JSON (the summary that the call describes). */
  end: 4,
  /** The stream is broken off, by either side. Payload: a FarmError as JSON. */
  reset: 5,
  /** Payload: up to 16 bytes, sent back in `pong`. */
  ping: 6,
  pong: 7,
  /** Payload: a FarmError as JSON. The sender closes the connection after it. */
  error: 8,
} as const;
export type FrameKind = keyof typeof frameKinds;

// ------------------------------------------------------------------------------------------------ shared vocabulary

const Id = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_.-]+$' });
/** Counts are stored: 1e308 is an integer too, and no database takes it. */
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Up to the last instant that JavaScript has a date for. */
const Millis = Type.Integer({ minimum: 0, maximum: 8.64e15 });
/** Exit codes of Windows have 32 bits. */
const ExitCode = Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 32 - 1 });
const StreamId = Type.Integer({ minimum: 1, maximum: 0xffff_ffff });
const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
/** Relative to the lease's work folder; never absolute, no `..`, no NUL; checked again after links are resolved. */
const RelativePath = Type.String({ minLength: 1, maxLength: limits.pathBytes });
const Base64 = Type.String({ maxLength: 8192, pattern: '^[A-Za-z0-9+/]*={0,2}$' });

export const FarmErrorSchema = Type.Object({
  code: Type.Unsafe<keyof typeof errorCodes>(Type.String({ maxLength: 64 })),
  blame: Type.Unsafe<'caller' | 'change' | 'machine' | 'farm' | 'outside'>(Type.String({ maxLength: 16 })),
  retry: Type.Union([
    Type.Literal('never'),
    Type.Literal('same'),
    Type.Literal('elsewhere'),
    Type.Object({ afterMs: Millis }),
  ]),
  message: Type.String({ maxLength: 8192 }),
  details: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Union([
        Type.String(),
        Type.Number(),
        Type.Boolean(),
        Type.Null(),
        Type.Unsafe<readonly string[]>(Type.Array(Type.String())),
      ]),
    ),
  ),
});

/** What an agent knows of its machine; the static half. */
export const Platform = Type.Object({
  os: Type.String({ maxLength: 64, description: 'linux, darwin, windows, freebsd …, as Node names them' }),
  arch: Type.String({ maxLength: 64, description: 'x64, arm64 …, as Node names them' }),
  release: Type.String({ maxLength: 256 }),
  hostname: Type.String({ maxLength: 256 }),
  cpus: Count,
  memoryBytes: Count,
  runtime: Type.Union([Type.Literal('bun'), Type.Literal('node')]),
  runtimeVersion: Type.String({ maxLength: 64 }),
  agentVersion: Type.String({ maxLength: 64 }),
});
export type Platform = Static<typeof Platform>;

/** The half that changes; sent every 30 s and on `status`. */
export const MachineStatus = Type.Object({
  load1: Type.Number(),
  memoryFreeBytes: Count,
  diskFreeBytes: Count,
  diskTotalBytes: Count,
  uptimeMs: Millis,
  slots: Count,
  busySlots: Count,
  draining: Type.Boolean(),
});
export type MachineStatus = Static<typeof MachineStatus>;

/** How a run ended. `lost`: the agent died under it, so nobody knows. */
export const RunExit = Type.Object({
  runId: Id,
  exitCode: Type.Union([ExitCode, Type.Null()]),
  signal: Type.Union([Type.String({ maxLength: 32 }), Type.Null()]),
  reason: Type.Union([
    Type.Literal('exited'),
    Type.Literal('signalled'),
    Type.Literal('time-limit'),
    Type.Literal('silence-limit'),
    Type.Literal('could-not-start'),
    Type.Literal('disk-full'),
    Type.Literal('lost'),
  ]),
  /** Text for people where `reason` is not enough. */
  message: Type.Optional(Type.String({ maxLength: 4096 })),
  startedAt: Millis,
  endedAt: Millis,
  /** Bytes of output that the spool holds in all, the note about dropped bytes included. */
  outputBytes: Count,
  /** Bytes that the run wrote and the spool did not keep, because of the output limit or a full disk. */
  droppedBytes: Count,
});
export type RunExit = Static<typeof RunExit>;

export const RunReport = Type.Object({
  runId: Id,
  leaseId: Id,
  outputBytes: Count,
  exit: Type.Union([RunExit, Type.Null()]),
});
export type RunReport = Static<typeof RunReport>;

// -------------------------------------------------------------------------------------------------------- 3 handshake

const VersionRange = Type.Object({ min: Type.Integer({ minimum: 1 }), max: Type.Integer({ minimum: 1 }) });
export type VersionRange = Static<typeof VersionRange>;

/** Coordinator, at once after the connection opens. */
export const Challenge = Type.Object({
  type: Type.Literal('challenge'),
  protocol: VersionRange,
  /** 32 fresh random bytes. */
  nonce: Base64,
  coordinatorVersion: Type.String({ maxLength: 64 }),
});
export type Challenge = Static<typeof Challenge>;

/**
 * Agent, within 10 s. The signature is Ed25519 over the UTF-8 bytes of `helloText(…)` (`handshake.ts`). A first dial brings a join token and a public
 * key and buys a machine id; every later one brings the machine id.
 */
export const Hello = Type.Object({
  type: Type.Literal('hello'),
  protocol: VersionRange,
  identity: Type.Union([
    Type.Object({
      kind: Type.Literal('join'),
      token: Type.String({ minLength: 1, maxLength: 256 }),
      /** Raw 32-byte Ed25519 public key. */
      publicKey: Base64,
      signature: Base64,
    }),
    Type.Object({ kind: Type.Literal('machine'), machineId: Id, signature: Base64 }),
  ]),
  /** Shown to people; the machine's host name unless the operator said otherwise. */
  name: Type.String({ minLength: 1, maxLength: 128 }),
  /** Wished for at a first dial; must agree with the join token when that names one. */
  hostType: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  slots: Type.Integer({ minimum: 1, maximum: limits.slots }),
  platform: Platform,
  status: MachineStatus,
  leases: Type.Array(Type.Object({ leaseId: Id, slot: Count }), { maxItems: limits.slots }),
  /** All that the agent keeps. The texts of exits are left out where they would not fit the message. */
  runs: Type.Array(RunReport, { maxItems: limits.reportedRuns }),
});
export type Hello = Static<typeof Hello>;

/** What a hello signs: bound to this protocol, this challenge and this claim, so that no answer fits another question. */
export function signedText(nonce: string, claim: string): string {
  return `croft-dial-1\n${nonce}\n${claim}`;
}

/** Coordinator: the agent is in. */
export const Welcome = Type.Object({
  type: Type.Literal('welcome'),
  protocol: Type.Integer({ minimum: 1 }),
  machineId: Id,
  hostType: Type.String({ maxLength: 128 }),
  heartbeatMs: Type.Integer({ minimum: 100, maximum: 60_000 }),
  /** The leases of `hello` that still stand. The agent ends all others. */
  keepLeases: Type.Array(Id, { maxItems: limits.slots }),
});
export type Welcome = Static<typeof Welcome>;

/** Coordinator: the agent is not let in; the connection closes. `retry` says whether to dial again. */
export const Refused = Type.Object({ type: Type.Literal('refused'), error: FarmErrorSchema });
export type Refused = Static<typeof Refused>;

// ------------------------------------------------------------------------------------------------------------ 5 calls

function call<P extends TSchema, R extends TSchema>(params: P, result: R): { params: P; result: R } {
  return { params, result };
}

const Empty = Type.Object({});

/** Methods that the coordinator calls on the agent. */
export const calls = {
  /**
   * Takes a slot for a lease and gives its work folder, empty but for the empty folders `.home` and `.tmp`, HOME and TMPDIR of its
   * runs. The same lease on the same slot again: the same answer.
   */
  'lease.begin': call(
    Type.Object({ leaseId: Id, slot: Count }),
    Type.Object({ workDir: Type.String(), fresh: Type.Boolean() }),
  ),
  /**
   * Ends a lease: kills every process that its runs left, empties the work folder, forgets its runs, and looks again
   * to prove both. A slot that can't be proven clean answers `slot_dirty` and takes no lease until it can.
   * A lease that is not known: harmless.
   */
  'lease.end': call(
    Type.Object({ leaseId: Id }),
    Type.Object({ killedProcesses: Count, removedEntries: Count, proven: Type.Boolean() }),
  ),

  /** Unpacks an archive that the agent's cache already holds; `have: false` asks for `archive.put`. */
  'archive.unpack': call(
    Type.Object({ leaseId: Id, dir: Type.String({ maxLength: limits.pathBytes }), digest: Digest }),
    Type.Object({ have: Type.Boolean(), entries: Count }),
  ),
  /**
   * Receives a tar (optionally gzip) on `stream` and unpacks it into `dir` of the work folder, safely: no absolute
   * names, no `..`, no link that leaves the archive. Entries replace what has their name, all else stays; a refused archive
   * changes nothing. `digest` (of the bytes sent) is verified, and makes it cached.
   */
  'archive.put': call(
    Type.Object({
      leaseId: Id,
      dir: Type.String({ maxLength: limits.pathBytes }),
      digest: Type.Optional(Digest),
      compression: Type.Union([Type.Literal('none'), Type.Literal('gzip')]),
      stream: StreamId,
    }),
    Type.Object({ entries: Count, bytes: Count, digest: Digest }),
  ),
  /**
   * Sends a gzip tar of what the globs select (relative to the work folder) on `stream`; a selected folder with all that is in it.
   * Nothing selected: no entries.
   */
  'archive.get': call(
    Type.Object({
      leaseId: Id,
      globs: Type.Array(RelativePath, { minItems: 1, maxItems: 256 }),
      stream: StreamId,
    }),
    Type.Object({ entries: Count, bytes: Count, digest: Digest }),
  ),
  /** Receives one file on `stream`; written beside its place, then renamed. */
  'file.put': call(
    Type.Object({
      leaseId: Id,
      path: RelativePath,
      mode: Type.Integer({ minimum: 0, maximum: 0o777 }),
      stream: StreamId,
    }),
    Type.Object({ bytes: Count, digest: Digest }),
  ),
  /** Sends one file on `stream`. */
  'file.get': call(
    Type.Object({ leaseId: Id, path: RelativePath, stream: StreamId }),
    Type.Object({ bytes: Count, digest: Digest, mode: Count }),
  ),
  /**
   * Lists a folder, or what `globs` (below `dir`; `**` and `*`) select in it, sorted by path; what is below a selected folder too when
   * `recursive`. Paths are given below the work folder. `cut` says that limits cut it short.
   */
  'file.list': call(
    Type.Object({
      leaseId: Id,
      dir: Type.String({ maxLength: limits.pathBytes }),
      globs: Type.Optional(Type.Array(RelativePath, { minItems: 1, maxItems: 256 })),
      recursive: Type.Boolean(),
      digest: Type.Boolean(),
    }),
    Type.Object({
      entries: Type.Array(
        Type.Object({
          path: Type.String(),
          kind: Type.Union([
            Type.Literal('file'),
            Type.Literal('dir'),
            Type.Literal('link'),
            Type.Literal('other'),
          ]),
          mode: Count,
          bytes: Count,
          modifiedAt: Type.Integer(),
          digest: Type.Optional(Digest),
          target: Type.Optional(Type.String()),
        }),
      ),
      cut: Type.Boolean(),
    }),
  ),
  /** Removes files and folders, never through a link; a path that is not there is no error. */
  'file.remove': call(
    Type.Object({ leaseId: Id, paths: Type.Array(RelativePath, { minItems: 1, maxItems: 10_000 }) }),
    Type.Object({ removed: Count }),
  ),

  /**
   * Starts a command once. A run id that is known answers with its state and starts nothing. The environment is `env`
   * over a base that the agent makes (PATH, HOME, TMPDIR, LANG, CI), never the agent's own. With `stream`, output is
   * sent on it at once, from `offset`, as `run.attach` describes.
   */
  'run.start': call(
    Type.Object({
      runId: Id,
      leaseId: Id,
      /** A shell script (`/bin/sh -e -c`, `cmd /c` on Windows), or a program with its arguments. */
      command: Type.Union([
        Type.Object({ shell: Type.String({ minLength: 1, maxLength: limits.commandBytes }) }),
        Type.Object({
          argv: Type.Array(Type.String({ maxLength: limits.commandBytes }), { minItems: 1, maxItems: 4096 }),
        }),
      ]),
      /** Folder to run in, relative to the work folder; empty: the work folder. */
      cwd: Type.String({ maxLength: limits.pathBytes }),
      env: Type.Record(
        Type.String({ minLength: 1, maxLength: 1024 }),
        Type.String({ maxLength: limits.environmentBytes }),
      ),
      limits: Type.Object({
        /** Wall clock; 0: none. */
        timeMs: Millis,
        /** Time without a byte of output; 0: none. */
        silenceMs: Millis,
        /** Output kept; past it the middle is dropped and the last MiB kept. */
        outputBytes: Count,
        /** From the polite signal to the kill. */
        graceMs: Millis,
      }),
      stream: Type.Optional(StreamId),
      offset: Type.Optional(Count),
    }),
    Type.Object({ started: Type.Boolean(), report: RunReport }),
  ),
  /**
   * Sends the output of a run on `stream` from byte `offset`, live, to its end. Each data frame starts with 8 bytes: a
   * big-endian float64, the machine's wall clock in ms when the following bytes were read; offsets do not count these.
   * The stream ends with the RunExit as JSON, after the last byte. A run that is not known answers `not_found`, an offset whose
   * bytes were acknowledged and dropped `conflict`.
   */
  'run.attach': call(
    Type.Object({ runId: Id, offset: Count, stream: StreamId }),
    Type.Object({ report: RunReport }),
  ),
  /** Signals the whole process group. `stop` is SIGTERM, and SIGKILL after the run's grace. */
  'run.signal': call(
    Type.Object({
      runId: Id,
      signal: Type.Union([
        Type.Literal('stop'),
        Type.Literal('SIGINT'),
        Type.Literal('SIGTERM'),
        Type.Literal('SIGKILL'),
        Type.Literal('SIGQUIT'),
        Type.Literal('SIGHUP'),
      ]),
    }),
    Type.Object({ delivered: Type.Boolean() }),
  ),
  /** Answers when the run has ended. */
  'run.wait': call(Type.Object({ runId: Id }), RunExit),
  status: call(
    Empty,
    Type.Object({
      status: MachineStatus,
      runs: Type.Array(RunReport),
      leases: Type.Array(Type.Object({ leaseId: Id, slot: Count })),
    }),
  ),
  /** Finish what runs, take no new lease. */
  drain: call(Type.Object({ on: Type.Boolean() }), Empty),
} as const;
export type Method = keyof typeof calls;
export type Params<M extends Method> = Static<(typeof calls)[M]['params']>;
export type Result<M extends Method> = Static<(typeof calls)[M]['result']>;

// ---------------------------------------------------------------------------------------------------------- 7 notices

/** One-way messages, by name. */
export const notices = {
  /** Agent: how the machine is, every 30 s. */
  'machine.status': MachineStatus,
  /** Coordinator: every byte of this run's output below `offset` is durable here; the agent may drop it from its spool. */
  'run.acknowledge': Type.Object({ runId: Id, offset: Count }),
  /** Coordinator: it goes down on purpose; dial again after this time. Runs go on. */
  'coordinator.restarting': Type.Object({ afterMs: Millis }),
  /** Agent: it goes down on purpose when its runs are done. */
  'agent.draining': Empty,
} as const;
export type NoticeName = keyof typeof notices;
export type Notice<N extends NoticeName> = Static<(typeof notices)[N]>;

// --------------------------------------------------------------------------------- the envelope of every JSON message

const RequestId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
export const Request = Type.Object({
  type: Type.Literal('request'),
  id: RequestId,
  method: Type.String({ maxLength: 64 }),
  params: Type.Unknown(),
});
export const Response = Type.Object({
  type: Type.Literal('response'),
  id: RequestId,
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(FarmErrorSchema),
});
export const NoticeMessage = Type.Object({
  type: Type.Literal('notice'),
  name: Type.String({ maxLength: 64 }),
  data: Type.Unknown(),
});

export const Message = Type.Union([Challenge, Hello, Welcome, Refused, Request, Response, NoticeMessage]);
export type Message = Static<typeof Message>;
