/**
 * The agent's line to its coordinator: dials, says who it is, serves, and dials again when the line breaks, for ever. Only a refusal
 * that will not change by waiting ends it.
 */
import { backoffDelayMs } from '../kit/backoff.ts';
import type { Clock } from '../kit/clock.ts';
import type { Randomness } from '../kit/ids.ts';
import type { Log } from '../kit/log.ts';
import { type FarmError, type Retry, toFarmError } from '../wire/farm-error.ts';
import { agentHandshake } from '../wire/handshake.ts';
import { type Hello, protocolVersions, type Welcome } from '../wire/protocol.ts';
import type { CallHandlers, NoticeHandlers, Session } from '../wire/session.ts';
import { createSession } from '../wire/session-core.ts';
import type { Transport } from '../wire/transport.ts';
import type { Identity } from './identity.ts';

export interface LinkDeps {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly dial: () => Promise<Transport>;
  readonly identity: Identity;
  /** A new key, for a machine that the coordinator does not know any more. */
  readonly freshIdentity: () => Identity;
  readonly joinToken: string | undefined;
  /** What a hello tells beside who this is. */
  readonly introduce: () => Omit<Hello, 'type' | 'protocol' | 'identity'>;
  readonly handlers: CallHandlers;
  readonly notices: NoticeHandlers;
  /** Called with every welcome, before the first call of its session can come. */
  readonly onWelcome: (welcome: Welcome) => void;
  readonly onConnected: (session: Session, welcome: Welcome) => void;
}

export interface Link {
  /** Resolves with the refusal that ended it, or undefined once `signal` fires. */
  run(signal: AbortSignal): Promise<FarmError | undefined>;
}

const backoff = { firstMs: 500, maxMs: 15_000, factor: 2 } as const;
/** However long a coordinator asks to wait: one that errs must not lose its machines for ever. */
const longestAskedMs = 10 * 60_000;
/** A connection that lasted this long was a good one: the next failure is a first one again. */
const goodAfterMs = 10_000;

/** How one dial ended. */
type Outcome =
  | { readonly is: 'refused'; readonly error: FarmError }
  | { readonly is: 'lost'; readonly error: FarmError; readonly wasGood: boolean };

export function createLink(deps: LinkDeps): Link {
  const { clock, log } = deps;
  let { identity } = deps;
  let mayJoinAnew = deps.joinToken !== undefined;
  /** The coordinator said when it will be back. */
  let backAfterMs = 0;

  async function connect(signal: AbortSignal): Promise<Outcome> {
    try {
      const transport = await deps.dial();
      const shaken = await agentHandshake(transport, {
        clock,
        hello: async (challenge) => ({
          type: 'hello',
          protocol: protocolVersions,
          identity: identity.claim(challenge, deps.joinToken),
          ...deps.introduce(),
        }),
      });
      if (shaken.outcome === 'refused') return { is: 'refused', error: shaken.error };
      return await serve(shaken.welcome, shaken.transport, signal);
    } catch (error) {
      return { is: 'lost', error: toFarmError(error), wasGood: false };
    }
  }

  async function serve(welcome: Welcome, transport: Transport, signal: AbortSignal): Promise<Outcome> {
    const since = clock.monotonic();
    identity.saveMachineId(welcome.machineId);
    deps.onWelcome(welcome);
    const session = createSession(transport, {
      clock,
      log,
      role: 'agent',
      heartbeatMs: welcome.heartbeatMs,
      handlers: deps.handlers,
      notices: {
        ...deps.notices,
        'coordinator.restarting': ({ afterMs }) => {
          backAfterMs = afterMs;
        },
      },
    });
    const onAbort = (): void => session.close(toFarmError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    deps.onConnected(session, welcome);
    const error = await session.closed;
    signal.removeEventListener('abort', onAbort);
    return { is: 'lost', error, wasGood: clock.monotonic() - since >= goodAfterMs };
  }

  /** The coordinator may have lost its data, or revoked the key: with a token at hand this machine joins as a new one. */
  function joinAnew(error: FarmError): boolean {
    const isUnknown = error.code === 'unauthenticated' || error.code === 'machine_revoked';
    if (!mayJoinAnew || !isUnknown || identity.machineId() === undefined) return false;
    mayJoinAnew = false;
    identity = deps.freshIdentity();
    log.warn('link.joining-anew', { reason: error.message });
    return true;
  }

  function delayMs(attempt: number, retry: Retry): number {
    const asked = Math.max(backAfterMs, typeof retry === 'object' ? retry.afterMs : 0);
    backAfterMs = 0;
    return Math.min(asked, longestAskedMs) + backoffDelayMs(attempt, backoff, deps.randomness);
  }

  async function run(signal: AbortSignal): Promise<FarmError | undefined> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const outcome = await connect(signal);
      if (signal.aborted) break;
      const { code, message, retry } = outcome.error;
      if (outcome.is === 'refused') {
        if (joinAnew(outcome.error)) continue;
        if (retry === 'never') return outcome.error;
      } else if (outcome.wasGood) attempt = 0;
      const waitMs = delayMs(attempt, retry);
      log.warn(outcome.is === 'refused' ? 'link.refused' : 'link.lost', { code, message, waitMs });
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
    return undefined;
  }

  return { run };
}
