/**
 * Each call of the protocol meets an agent that takes it and then says nothing, on a link whose heartbeat goes on: the attempt that
 * waits for it ends in bounded time, and blames the machine. A call that is new in the registry is covered by itself.
 */
import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { createIdSource } from '../../agent/kit/ids.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createMemoryLink } from '../../agent/wire/memory-transport.ts';
import { calls, type Method, type RunExit } from '../../agent/wire/protocol.ts';
import type { CallHandlers } from '../../agent/wire/session.ts';
import { createSession } from '../../agent/wire/session-core.ts';
import { type AttemptContext, type AttemptDeps, runAttempt } from '../../core/builds/attempt.ts';
import { createJournal } from '../../core/builds/journal.ts';
import type { Attempt, Build } from '../../core/builds/types.ts';
import { createMemoryBlobs } from '../fakes/memory-blobs.ts';
import { createMemoryLogs } from '../fakes/memory-logs.ts';

/** Where in a call the agent stops talking: it never answers, or it answers and leaves its stream open. */
type Silence = { readonly method: Method; readonly at: 'call' | 'stream' };

const streaming: readonly Method[] = ['archive.put', 'run.start', 'file.get'];
const silences: readonly Silence[] = [
  ...(Object.keys(calls) as Method[]).map((method) => ({ method, at: 'call' }) as const),
  ...streaming.map((method) => ({ method, at: 'stream' }) as const),
];
/** What an attempt needs; the others it never makes, and nobody waits for them. */
const made: readonly Method[] = [
  'lease.begin',
  'archive.unpack',
  'archive.put',
  'run.start',
  'file.list',
  'file.get',
];
const heartbeatMs = 5_000;
const mostHours = 2;
const content = new TextEncoder().encode('made');
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
const never = new Promise<never>(() => undefined);

test.each(silences)('an agent that says nothing: $method, $at', async ({ method, at }) => {
  const clock = createManualClock();
  const asked = new Set<Method>();
  const session = linkedTo(clock, asked, { method, at });
  const { deps, ctx } = await attemptOn(clock, session);
  const ending = runAttempt(deps, ctx);
  let end: Awaited<typeof ending> | null = null;
  void ending.then((answer) => {
    end = answer;
  });
  for (let minutes = 0; minutes < mostHours * 60 && end === null; minutes++) await clock.advance(60_000);

  expect(end).not.toBeNull();
  if (made.includes(method)) {
    expect(asked.has(method)).toBe(true);
    expect(end).toMatchObject({ state: 'infrastructure', blame: 'machine' });
  } else expect(end).toMatchObject({ state: 'passed' });
});

function linkedTo(
  clock: ReturnType<typeof createManualClock>,
  asked: Set<Method>,
  silence: Silence,
): ReturnType<typeof createSession> {
  const link = createMemoryLink();
  const common = { clock, log: silentLog, heartbeatMs } as const;
  createSession(link.right, { ...common, role: 'agent', handlers: agentHandlers(asked, silence) });
  return createSession(link.left, { ...common, role: 'coordinator' });
}

/** The least that an agent answers for a build to pass. */
function agentHandlers(asked: Set<Method>, silence: Silence): CallHandlers {
  const streamIsSilent = (method: Method) => silence.method === method && silence.at === 'stream';
  const answers: CallHandlers = {
    'lease.begin': async () => ({ workDir: '/work', fresh: true }),
    'lease.end': async () => ({ killedProcesses: 0, removedEntries: 0, proven: true }),
    'archive.unpack': async () => ({ have: false, entries: 0 }),
    async 'archive.put'({ stream }, session) {
      // Without taking anything, so that the sender's credit runs out.
      const source = session.receive(stream);
      if (streamIsSilent('archive.put')) return await never;
      for await (const _ of source);
      return { entries: 1, bytes: 1, digest };
    },
    async 'run.start'({ runId, leaseId, stream }, session) {
      const sink = session.send(stream ?? 0);
      await sink.write(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 104, 105, 10]));
      if (!streamIsSilent('run.start')) sink.end(exitOf(runId));
      return { started: true, report: { runId, leaseId, outputBytes: 3, exit: null } };
    },
    'file.list': async () => ({
      entries: [{ path: 'src/made', kind: 'file', mode: 0o644, bytes: 4, modifiedAt: 0, digest }],
      cut: false,
    }),
    async 'file.get'({ stream }, session) {
      const sink = session.send(stream);
      await sink.write(content);
      if (!streamIsSilent('file.get')) sink.end();
      return { bytes: 4, digest, mode: 0o644 };
    },
  };
  const watched: Record<string, unknown> = {};
  for (const method of Object.keys(answers) as Method[]) {
    watched[method] = async (...args: never[]) => {
      asked.add(method);
      if (silence.method === method && silence.at === 'call') return await never;
      return await (answers[method] as (...all: never[]) => unknown)(...args);
    };
  }
  return watched as CallHandlers;
}

function exitOf(runId: string): RunExit {
  const nothing = { signal: null, startedAt: 0, endedAt: 0, droppedBytes: 0 };
  return { runId, exitCode: 0, reason: 'exited', outputBytes: 3, ...nothing };
}

async function attemptOn(
  clock: ReturnType<typeof createManualClock>,
  session: ReturnType<typeof createSession>,
): Promise<{ deps: AttemptDeps; ctx: AttemptContext }> {
  const blobs = createMemoryBlobs();
  // More than a window, so that a peer that takes nothing is felt.
  await blobs.put('source/tree', pieces(64, new Uint8Array(64 * 1024)));
  const { logs } = createMemoryLogs({ clock });
  const log = await logs.open('att_1');
  const plan = {
    steps: [{ name: 'step', script: 'true' }],
    env: {},
    timeoutMs: 60 * 60_000,
    silenceMs: 15 * 60_000,
    artifacts: ['made'],
    origin: { kind: 'builder', file: 'x', why: 'x', change: 'x' },
  } as const;
  const fraction = () => 0.5;
  const deps = {
    clock,
    blobs,
    ids: createIdSource({
      now: clock.now,
      randomness: { fraction, bytes: (count) => new Uint8Array(count) },
    }),
    holds: { take: async () => undefined, letGo: () => undefined },
    builder: () => ({}),
    plan: async () => ({ outcome: 'planned', plan }),
    archive: async () => ({
      repo: 'r',
      tree: 't',
      blobKey: 'source/tree',
      digest,
      bytes: 64 * 64 * 1024,
      at: 0,
    }),
    logBytes: () => 1_000_000,
  } as unknown as AttemptDeps;
  const ctx: AttemptContext = {
    build: { id: 'bld_1', repo: 'r', commit: 'c', builder: 'b', branch: null, maxAttempts: 3 } as Build,
    attempt: { id: 'att_1', number: 1, slot: 0, startedAt: 0 } as Attempt,
    machineName: 'm',
    lease: {
      id: 'lse_1',
      machineId: 'mch_1',
      slot: 0,
      lost: new AbortController().signal,
      use: async (_signal, action) => await action(session),
      markBegun: () => undefined,
      giveBack: () => undefined,
    },
    journal: createJournal({ append: async () => undefined, now: clock.now }, 'att_1', []),
    log,
    lastByte: async () => 10,
    cancelled: new AbortController().signal,
    shutdown: new AbortController().signal,
  };
  return { deps, ctx };
}

async function* pieces(count: number, piece: Uint8Array): AsyncIterable<Uint8Array> {
  for (let i = 0; i < count; i++) yield piece;
}
