/**
 * An agent that means no good: a real key and a valid handshake over a real WebSocket, and then whatever it is told to send. In good
 * manners it answers every call of the coordinator with what the protocol allows, chosen to hurt.
 */
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { dial } from '../../agent/link/dial.ts';
import { openIdentity } from '../../agent/link/identity.ts';
import type { FarmError } from '../../agent/wire/farm-error.ts';
import { agentHandshake } from '../../agent/wire/handshake.ts';
import {
  calls,
  type Hello,
  MachineStatus,
  type Method,
  Platform,
  protocolVersions,
  RunExit,
} from '../../agent/wire/protocol.ts';
import type { CallHandlers, Session } from '../../agent/wire/session.ts';
import { createSession } from '../../agent/wire/session-core.ts';
import type { Transport } from '../../agent/wire/transport.ts';
import { fromSchema } from './from-schema.ts';
import { hostileText, hostileTexts } from './hostile-values.ts';
import type { Chance } from './random.ts';

const clock = createSystemClock();
/** `fromSchema` never leaves the schema. */
const never = Number.POSITIVE_INFINITY;

export interface HostileAgentOptions {
  readonly url: string;
  readonly folder: string;
  readonly joinToken: string | undefined;
  readonly chance: Chance;
}

/** Dials, shakes hands as a good agent would, and gives the line. Rejects when it is not let in. */
export async function dialIn(options: HostileAgentOptions): Promise<Transport> {
  const identity = openIdentity(join(options.folder, 'identity.json'));
  const transport = await dial({ coordinator: new URL(options.url), proxy: undefined, ca: undefined, clock });
  const shaken = await agentHandshake(transport, {
    clock,
    hello: async (challenge): Promise<Hello> => ({
      type: 'hello',
      protocol: protocolVersions,
      identity: identity.claim(challenge, options.joinToken),
      ...hostileIntroduction(options.chance),
    }),
  });
  if (shaken.outcome === 'refused') throw shaken.error;
  identity.saveMachineId(shaken.welcome.machineId);
  return shaken.transport;
}

function hostileIntroduction(chance: Chance): Omit<Hello, 'type' | 'protocol' | 'identity'> {
  return {
    name: hostileText(chance).slice(0, 128) || 'x',
    hostType: 'local',
    slots: 1,
    platform: fromSchema(chance, Platform, never) as Platform,
    status: fromSchema(chance, MachineStatus, never) as MachineStatus,
    leases: [],
    runs: [],
  };
}

/** Serves as an agent whose answers are all allowed and all strange. */
export function serveStrangely(
  transport: Transport,
  chance: Chance,
): { readonly closed: Promise<FarmError>; close(error: FarmError): void } {
  return createSession(transport, { clock, role: 'agent', handlers: strangeHandlers(chance) });
}

function strangeHandlers(chance: Chance): CallHandlers {
  const answers = Object.keys(calls).map((name) => {
    const method = name as Method;
    const answer = async (): Promise<unknown> => fromSchema(chance, calls[method].result, never);
    return [method, answer] as const;
  });
  return {
    ...(Object.fromEntries(answers) as CallHandlers),
    'lease.begin': async () => ({ workDir: hostileText(chance), fresh: true }),
    'lease.end': async () => ({ killedProcesses: 0, removedEntries: 0, proven: true }),
    'archive.unpack': async () => ({ have: true, entries: 1 }),
    'file.list': async () => ({ entries: strangeEntries(chance), cut: chance.onceIn(2) }),
    async 'file.get'({ stream }, session) {
      await sendBytes(chance, session, stream);
      return { bytes: 1, digest: `sha256:${'0'.repeat(64)}`, mode: 0o644 };
    },
    async 'run.start'({ runId, leaseId, stream }, session) {
      if (stream !== undefined) void sendOutput(chance, session, stream, runId);
      return { started: true, report: { runId, leaseId, outputBytes: 0, exit: null } };
    },
  };
}

async function sendBytes(chance: Chance, session: Session, stream: number): Promise<void> {
  const sink = session.send(stream);
  await sink.write(chance.bytes(chance.below(100)));
  sink.end();
}

/** Frames with times that are none, too short for a time, or empty; then an exit. */
async function sendOutput(chance: Chance, session: Session, stream: number, runId: string): Promise<void> {
  const sink = session.send(stream);
  try {
    for (let count = chance.below(6); count > 0; count--) await sink.write(strangeOutput(chance));
    sink.end(strangeExit(chance, runId));
  } catch {
    // The coordinator had enough of it, which is what it should.
  }
}

const strangeTimes = [
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e308,
  -1e308,
  8.64e15 + 1,
  1e15,
  1_700_000_000_000,
];

function strangeOutput(chance: Chance): Uint8Array {
  if (chance.onceIn(8)) return chance.bytes(1 + chance.below(8));
  const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(`${hostileText(chance)}\n`)]);
  bytes.writeDoubleBE(chance.pick(strangeTimes));
  return bytes;
}

function strangeExit(chance: Chance, runId: string): unknown {
  if (chance.onceIn(8)) return hostileText(chance);
  const exit = fromSchema(chance, RunExit, never) as RunExit;
  return chance.onceIn(2)
    ? { ...exit, runId, reason: 'exited', exitCode: chance.below(2) }
    : { ...exit, runId };
}

function strangeEntries(chance: Chance): never {
  const entries = Array.from({ length: chance.below(6) }, () => ({
    path: chance.onceIn(2) ? `src/${chance.pick(hostileTexts)}` : hostileText(chance),
    kind: 'file',
    mode: 0o644,
    bytes: chance.pick([0, 10, 2 ** 53 - 1]),
    modifiedAt: 0,
    ...(chance.onceIn(4) ? {} : { digest: `sha256:${'0'.repeat(64)}` }),
  }));
  return entries as never;
}
