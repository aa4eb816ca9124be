/**
 * The product's own sessions and handshakes of both sides, each with a peer that is the fuzzer itself. A target takes frames; what must
 * hold after them is checked by `finish`.
 */
import type { Static } from '@sinclair/typebox';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock, type ManualClock } from '../../agent/kit/manual-clock.ts';
import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';
import { decodeFrame } from '../../agent/wire/frames.ts';
import { agentHandshake, coordinatorHandshake } from '../../agent/wire/handshake.ts';
import { decodeError, decodeMessage } from '../../agent/wire/messages.ts';
import {
  calls,
  frameKinds,
  type Hello,
  type Method,
  notices,
  type Welcome,
} from '../../agent/wire/protocol.ts';
import type { CallHandlers, NoticeHandlers, Session } from '../../agent/wire/session.ts';
import { createSession } from '../../agent/wire/session-core.ts';
import type { Transport, TransportEvents } from '../../agent/wire/transport.ts';
import { isValid } from '../../agent/wire/validate.ts';
import { jsonFrame, rawFrame } from './frame-cases.ts';
import { fromSchema } from './from-schema.ts';
import type { Chance } from './random.ts';

export interface Target {
  readonly name: string;
  feed(frame: Uint8Array): void;
  /** Ends it as a broken connection would and throws for what does not hold after these frames. */
  finish(fed: readonly Uint8Array[]): Promise<void>;
}

export const targetNames = [
  'agent session',
  'coordinator session',
  'coordinator handshake',
  'agent handshake',
] as const;

export async function createTarget(name: (typeof targetNames)[number], chance: Chance): Promise<Target> {
  switch (name) {
    case 'agent session':
      return await agentSession(chance);
    case 'coordinator session':
      return await coordinatorSession(chance);
    case 'coordinator handshake':
      return handshake(chance, 'coordinator');
    case 'agent handshake':
      return handshake(chance, 'agent');
  }
}

interface Wire {
  readonly transport: Transport;
  readonly sent: Uint8Array[];
  readonly isClosed: () => boolean;
  feed(frame: Uint8Array): void;
  drop(): void;
}

/** A connection that is now and then full, and keeps what is sent. */
function createWire(chance: Chance): Wire {
  const sent: Uint8Array[] = [];
  let events: TransportEvents | undefined;
  let closed = false;
  let full = false;
  function close(code: number): void {
    if (closed) return;
    closed = true;
    events?.onClose({ code, reason: '' });
  }
  return {
    sent,
    isClosed: () => closed,
    transport: {
      start(given) {
        events = given;
      },
      send(bytes) {
        if (closed) return 'closed';
        sent.push(bytes);
        full ||= chance.onceIn(20);
        return full ? 'full' : 'sent';
      },
      close,
    },
    feed(frame) {
      if (full && chance.onceIn(2)) {
        full = false;
        events?.onDrain();
      }
      if (!closed) events?.onMessage(frame);
    },
    drop: () => close(1006),
  };
}

/** Handlers that take streams up as the agent's do, and answer what the protocol says. */
function agentHandlers(chance: Chance, open: Set<string>): CallHandlers {
  let serial = 0;
  async function answer(
    method: Method,
    params: { readonly stream?: number },
    session: Session,
  ): Promise<never> {
    const work = `${method} ${++serial}`;
    open.add(work);
    try {
      if (params.stream !== undefined) await moveBytes(chance, method, params.stream, session);
      if (chance.onceIn(5)) throw new FarmError('not_found', 'There is no such thing', { blame: 'caller' });
      return fromSchema(chance, calls[method].result, Number.POSITIVE_INFINITY) as never;
    } finally {
      open.delete(work);
    }
  }
  const handlers = Object.keys(calls)
    .filter((method) => method !== 'drain')
    .map((method) => [
      method,
      (params: { stream?: number }, session: Session) => answer(method as Method, params, session),
    ]);
  return Object.fromEntries(handlers) as CallHandlers;
}

async function moveBytes(chance: Chance, method: Method, stream: number, session: Session): Promise<void> {
  if (method === 'archive.put' || method === 'file.put') {
    let left = chance.onceIn(4) ? chance.below(3) : Number.POSITIVE_INFINITY;
    for await (const _ of session.receive(stream)) if (--left <= 0) return;
    return;
  }
  const sink = session.send(stream);
  for (let count = chance.below(4); count > 0; count--) await sink.write(chance.bytes(chance.below(100)));
  sink.end({ done: true });
}

async function agentSession(chance: Chance): Promise<Target> {
  const clock = createManualClock();
  const wire = createWire(chance);
  const open = new Set<string>();
  const defects: string[] = [];
  const noted: NoticeHandlers = {
    'run.acknowledge': (data) => mustBe(notices['run.acknowledge'], data),
    'coordinator.restarting': (data) => mustBe(notices['coordinator.restarting'], data),
  };
  const session = createSession(wire.transport, {
    clock,
    role: 'agent',
    handlers: agentHandlers(chance, open),
    notices: noted,
    log: { ...silentLog, error: (event, fields) => defects.push(`${event} ${JSON.stringify(fields)}`) },
  });
  const pending = (): readonly string[] => [...open];
  return sessionTarget('agent session', {
    clock,
    wire,
    session,
    defects,
    pending,
    mustServe: () => undefined,
  });
}

async function coordinatorSession(chance: Chance): Promise<Target> {
  const clock = createManualClock();
  const wire = createWire(chance);
  const pending = new Set<string>();
  const defects: string[] = [];
  const session = createSession(wire.transport, {
    clock,
    role: 'coordinator',
    notices: {
      'machine.status': (data) => mustBe(notices['machine.status'], data),
      'agent.draining': (data) => mustBe(notices['agent.draining'], data),
    },
    log: { ...silentLog, error: (event, fields) => defects.push(`${event} ${JSON.stringify(fields)}`) },
  });
  function track(what: string, work: Promise<unknown>): void {
    pending.add(what);
    work
      .catch((error: unknown) => {
        if (!isFarmError(error) || isOwnDefect(error)) defects.push(`${what} rejects with ${String(error)}`);
      })
      .finally(() => pending.delete(what));
  }
  startCalls(session, track);
  await clock.advance(0);
  return sessionTarget('coordinator session', {
    clock,
    wire,
    session,
    defects,
    pending: () => [...pending],
    // The coordinator alone names streams; whatever an agent sends, it has names left.
    mustServe: () => session.newStreamId(),
  });
}

/** One call of each kind, under way when the peer's frames come; what is answered has to be what the protocol says. */
function startCalls(session: Session, track: (what: string, work: Promise<unknown>) => void): void {
  const lease = { leaseId: 'lse_1' };
  const checked = async <M extends Method>(method: M, answer: Promise<unknown>): Promise<void> => {
    mustBe(calls[method].result, await answer);
  };
  track('status', checked('status', session.call('status', {}, { timeoutMs: 1_000 })));
  track('run.wait', checked('run.wait', session.call('run.wait', { runId: 'run_1' })));
  const got = session.newStreamId();
  const source = session.receive(got);
  track('file.get', checked('file.get', session.call('file.get', { ...lease, path: 'a', stream: got })));
  track('reading', readOn(source));
  const put = session.newStreamId();
  const sink = session.send(put);
  const params = { ...lease, dir: '', compression: 'none' as const, stream: put };
  track('archive.put', checked('archive.put', session.call('archive.put', params)));
  track('writing', writeOn(sink));
}

async function readOn(source: ReturnType<Session['receive']>): Promise<void> {
  for await (const chunk of source) if (chunk.length === 0) throw new Error('An empty chunk');
  await source.summary;
}

async function writeOn(sink: ReturnType<Session['send']>): Promise<void> {
  for (let count = 0; count < 12; count++) await sink.write(new Uint8Array(120_000));
  sink.end();
}

interface SessionUnderTest {
  readonly clock: ManualClock;
  readonly wire: Wire;
  readonly session: Session;
  readonly defects: readonly string[];
  readonly pending: () => readonly string[];
  /** Throws when a session that is open is of no more use. */
  readonly mustServe: () => void;
}

function sessionTarget(name: string, under: SessionUnderTest): Target {
  const { clock, wire, session, defects, pending } = under;
  let over: FarmError | undefined;
  void session.closed.then((error) => {
    over = error;
  });
  return {
    name,
    feed: wire.feed,
    async finish(fed) {
      await clock.advance(0);
      if (over === undefined) {
        mustBeBearable(fed);
        mustAnswerPing(wire);
        under.mustServe();
      } else mustBeKnown(over);
      wire.drop();
      await clock.advance(0);
      await clock.advance(0);
      if (over === undefined) throw new Error('The session does not notice that its connection is gone');
      if (pending().length > 0) throw new Error(`Still waiting after the end: ${pending().join(', ')}`);
      if (clock.waiting > 0) throw new Error(`${clock.waiting} timers are left`);
      if (defects.length > 0) throw new Error(`Defects: ${defects.join('; ')}`);
      mustBeReadable(wire.sent, fed);
    },
  };
}

const mark = new Uint8Array([1, 9, 7, 3]);

/** A session that is still open serves on. */
function mustAnswerPing(wire: Wire): void {
  const before = wire.sent.length;
  wire.feed(rawFrame(frameKinds.ping, 0, mark));
  const pong = wire.sent.slice(before).find((frame) => frame[0] === frameKinds.pong);
  if (pong === undefined || Buffer.compare(pong.subarray(9), mark) !== 0)
    throw new Error('An open session does not answer a ping');
}

/** What a peer did is never a defect of ours. */
function mustBeKnown(reason: FarmError): void {
  if (!isFarmError(reason) || isOwnDefect(reason))
    throw new Error(`The session ended with ${String(reason)}`);
}

/** What we send is what the protocol says, and never calls what a peer did our own defect. */
function mustBeReadable(sent: readonly Uint8Array[], fed: readonly Uint8Array[]): void {
  // What a peer called a defect of its own may be told back to it.
  const isEcho = fed.some(([kind]) => kind === frameKinds.reset || kind === frameKinds.error);
  for (const bytes of sent) {
    const frame = decodeFrame(bytes);
    if (frame.kind === 'message') {
      const message = decodeMessage(frame.payload);
      if (message.type === 'response' && message.error?.code === 'internal' && !isEcho)
        throw new Error(`A peer is told of a defect of ours: ${message.error.message}`);
    } else if (frame.kind === 'reset') {
      const { code, message } = decodeError(frame.payload);
      if (code === 'internal' && !isEcho) throw new Error(`A peer is told of a defect of ours: ${message}`);
    }
  }
}

/** A session that is still open was given nothing that no session may bear, by rules that are written here once more. */
function mustBeBearable(fed: readonly Uint8Array[]): void {
  for (const frame of fed) {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    if (frame.length < 9 || view.getUint32(5) !== frame.length - 9)
      throw new Error('A frame of the wrong length is borne');
    const kind = view.getUint8(0);
    const stream = view.getUint32(1);
    if (kind < 1 || kind > 8) throw new Error(`A frame of kind ${kind} is borne`);
    if ((kind >= 2 && kind <= 5) !== stream > 0)
      throw new Error(`A frame of kind ${kind} for stream ${stream} is borne`);
  }
}

function mustBe<S extends Parameters<typeof isValid>[0]>(
  schema: S,
  value: unknown,
): asserts value is Static<S> {
  if (!isValid(schema, value)) throw new Error('Something got through that its schema forbids');
}

function handshake(chance: Chance, side: 'coordinator' | 'agent'): Target {
  const clock = createManualClock();
  const wire = createWire(chance);
  let settled: unknown;
  const fail = (error: unknown): void => {
    settled = error;
  };
  const good = (): void => {
    settled = 'good';
  };
  if (side === 'coordinator') {
    const randomness = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 };
    coordinatorHandshake(wire.transport, {
      clock,
      randomness,
      version: '1',
      admit: async () => welcome,
    }).then(good, fail);
  } else agentHandshake(wire.transport, { clock, hello: async () => hello }).then(good, fail);
  if (chance.onceIn(3)) wire.feed(jsonFrame(side === 'agent' ? challenge : hello));
  return {
    name: `${side} handshake`,
    feed: wire.feed,
    async finish(fed) {
      await clock.advance(0);
      wire.drop();
      await clock.advance(0);
      if (settled !== undefined && clock.waiting > 0) throw new Error(`${clock.waiting} timers are left`);
      await clock.advance(60_000);
      if (settled === undefined) throw new Error('The handshake does not end with its connection');
      if (settled !== 'good' && (!isFarmError(settled) || isOwnDefect(settled)))
        throw new Error(`The handshake ends with ${String(settled)}`);
      if (clock.waiting > 0) throw new Error(`${clock.waiting} timers are left`);
      mustBeReadable(wire.sent, fed);
    },
  };
}

/** A peer's own error frame may say `internal`; our words for it are others. */
function isOwnDefect(error: FarmError): boolean {
  return error.code === 'internal' && error.cause !== undefined;
}

const challenge = {
  type: 'challenge',
  protocol: { min: 1, max: 1 },
  nonce: 'AAAA',
  coordinatorVersion: '1',
} as const;

const welcome: Welcome = {
  type: 'welcome',
  protocol: 1,
  machineId: 'mch_1',
  hostType: 'linux',
  heartbeatMs: 5_000,
  keepLeases: [],
};

const hello: Hello = {
  type: 'hello',
  protocol: { min: 1, max: 1 },
  identity: { kind: 'machine', machineId: 'mch_1', signature: 'AAAA' },
  name: 'box',
  slots: 1,
  platform: {
    os: 'linux',
    arch: 'x64',
    release: '1',
    hostname: 'box',
    cpus: 1,
    memoryBytes: 1,
    runtime: 'bun',
    runtimeVersion: '1',
    agentVersion: '1',
  },
  status: {
    load1: 0,
    memoryFreeBytes: 0,
    diskFreeBytes: 0,
    diskTotalBytes: 0,
    uptimeMs: 0,
    slots: 1,
    busySlots: 0,
    draining: false,
  },
  leases: [],
  runs: [],
};
