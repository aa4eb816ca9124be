/**
 * Part 3 of the protocol, both sides: challenge, hello, welcome or refused. Each function takes the transport over, says its one
 * or two messages, and hands it on with every frame that came after the handshake still in it.
 */
import type { Clock } from '../kit/clock.ts';
import type { Randomness } from '../kit/ids.ts';
import { FarmError, farmErrorFromJson, isFarmError, toFarmError } from './farm-error.ts';
import { decodeFrame, encodeFrame, violation } from './frames.ts';
import { createHeldTransport, type HeldTransport } from './held-transport.ts';
import { decodeError, decodeMessage, encodeError, encodeJson, errorToWire } from './messages.ts';
import {
  type Challenge,
  type Hello,
  type Message,
  protocolVersions,
  signedText,
  type VersionRange,
  type Welcome,
} from './protocol.ts';
import { closeCodeOf, type Transport } from './transport.ts';

/** How long either side waits for the other's next message of the handshake. */
export const handshakeTimeoutMs = 10_000;

/** An identity without its signature. */
export type HelloClaim =
  | { readonly kind: 'join'; readonly token: string; readonly publicKey: string }
  | { readonly kind: 'machine'; readonly machineId: string };

/**
 * The text that the signature of a hello covers. A join signs its token and its key, so that neither fits another signature; a
 * known machine signs its id.
 */
export function helloText(nonce: string, claim: HelloClaim): string {
  return signedText(
    nonce,
    claim.kind === 'join' ? `join ${claim.publicKey} ${claim.token}` : `machine ${claim.machineId}`,
  );
}

export interface CoordinatorHandshake {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly version: string;
  /** What this side speaks; a test of the next version says so. */
  readonly speaks?: VersionRange;
  readonly timeoutMs?: number;
  /**
   * Decides about an agent that speaks a version we know. It checks the signature over `helloText(nonce, hello.identity)`.
   * An error, given or thrown, is told to the agent as `refused`; its `retry` says whether to dial again. The handshake
   * itself sets `welcome.protocol`.
   */
  admit(hello: Hello, nonce: string): Promise<Welcome | FarmError>;
}

/**
 * Resolves once `welcome` was sent; the transport that it gives then belongs to `createSession`. Otherwise tells the agent,
 * closes, and rejects with the reason: what `admit` said, `version_unsupported`, `timed_out`, `connection_lost`, or what was wrong
 * with the hello.
 */
export async function coordinatorHandshake(
  transport: Transport,
  deps: CoordinatorHandshake,
): Promise<{ readonly hello: Hello; readonly welcome: Welcome; readonly transport: Transport }> {
  const held = createHeldTransport(transport);
  const { speaks = protocolVersions } = deps;
  try {
    const nonce = toBase64(deps.randomness.bytes(32));
    sendMessage(held, {
      type: 'challenge',
      protocol: speaks,
      nonce,
      coordinatorVersion: deps.version,
    });
    const hello = await nextMessage(held, deps);
    if (hello.type !== 'hello') throw violation(`The handshake expects "hello" and got "${hello.type}"`);
    const protocol = commonVersion(speaks, hello.protocol);
    const admitted = await deps.admit(hello, nonce);
    held.checkOpen();
    if (isFarmError(admitted)) throw admitted;
    if (held.hasUnread()) throw violation('An agent spoke on before it was welcome');
    const welcome: Welcome = { ...admitted, protocol };
    sendMessage(held, welcome);
    return { hello, welcome, transport: held.release() };
  } catch (error) {
    const reason = toFarmError(error);
    sendMessage(held, { type: 'refused', error: errorToWire(reason) });
    held.close(closeCodeOf(reason), reason.code);
    throw reason;
  }
}

export interface AgentHandshake {
  readonly clock: Clock;
  readonly speaks?: VersionRange;
  readonly timeoutMs?: number;
  /** Says who we are, signed over `helloText(challenge.nonce, …)`. */
  hello(challenge: Challenge): Promise<Hello>;
}

export type AgentHandshakeOutcome =
  | { readonly outcome: 'welcome'; readonly welcome: Welcome; readonly transport: Transport }
  /** The coordinator's decision; `error.retry` says whether to dial again. */
  | { readonly outcome: 'refused'; readonly error: FarmError };

/** Rejects, after closing, when the connection or the coordinator's manners fail; dialling again is right then. */
export async function agentHandshake(
  transport: Transport,
  deps: AgentHandshake,
): Promise<AgentHandshakeOutcome> {
  const held = createHeldTransport(transport);
  try {
    const challenge = await nextMessage(held, deps);
    if (challenge.type !== 'challenge') throw violation(`Expected "challenge" and got "${challenge.type}"`);
    sendMessage(held, await deps.hello(challenge));
    const answer = await nextMessage(held, deps);
    if (answer.type === 'refused') {
      held.close(1000, 'refused');
      return { outcome: 'refused', error: farmErrorFromJson(answer.error) };
    }
    if (answer.type !== 'welcome') throw violation(`Expected "welcome" and got "${answer.type}"`);
    commonVersion(deps.speaks ?? protocolVersions, { min: answer.protocol, max: answer.protocol });
    return { outcome: 'welcome', welcome: answer, transport: held.release() };
  } catch (error) {
    const reason = toFarmError(error);
    held.send(encodeFrame('error', 0, encodeError(reason)));
    held.close(closeCodeOf(reason), reason.code);
    throw reason;
  }
}

function sendMessage(held: HeldTransport, message: Message): void {
  held.send(encodeFrame('message', 0, encodeJson(message)));
}

async function nextMessage(
  held: HeldTransport,
  deps: { readonly clock: Clock; readonly timeoutMs?: number },
): Promise<Message> {
  const frame = decodeFrame(await held.next(deps.clock, deps.timeoutMs ?? handshakeTimeoutMs));
  if (frame.kind === 'error') throw decodeError(frame.payload);
  if (frame.kind !== 'message') throw violation(`Frame "${frame.kind}" during the handshake`);
  return decodeMessage(frame.payload);
}

function commonVersion(ours: VersionRange, theirs: VersionRange): number {
  const version = Math.min(theirs.max, ours.max);
  if (version >= Math.max(theirs.min, ours.min)) return version;
  throw new FarmError(
    'version_unsupported',
    `The peer speaks protocol versions ${theirs.min} to ${theirs.max} and this side ${ours.min} to ` +
      `${ours.max}; upgrade the older one`,
    { blame: 'farm' },
  );
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
