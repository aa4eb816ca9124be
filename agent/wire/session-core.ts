/**
 * A session over any transport, the same for both sides. Whatever a peer sends ends at worst its own connection: `guarded` turns
 * every broken rule into an `error` frame and a close. Heartbeats count silent intervals rather than compare clocks, so a side
 * that was itself asleep does not take its peer for dead.
 */
import type { Static } from '@sinclair/typebox';
import type { Clock, Timer } from '../kit/clock.ts';
import { createDeferred } from '../kit/deferred.ts';
import { type Log, silentLog } from '../kit/log.ts';
import { createCallTable } from './call-table.ts';
import { FarmError, toFarmError } from './farm-error.ts';
import { decodeFrame, type Frame, violation } from './frames.ts';
import { heartbeat } from './limits.ts';
import { decodeError, decodeMessage, encodeError, encodeJson } from './messages.ts';
import { createOutbox } from './outbox.ts';
import { type NoticeMessage, type NoticeName, notices } from './protocol.ts';
import type { CallHandlers, NoticeHandlers, Session } from './session.ts';
import { createStreamTable } from './stream-table.ts';
import { closeCodeOf, closeCodes, type Transport } from './transport.ts';
import { parse } from './validate.ts';

export interface SessionOptions {
  readonly clock: Clock;
  /** The coordinator names streams. */
  readonly role: 'agent' | 'coordinator';
  readonly handlers?: CallHandlers;
  readonly notices?: NoticeHandlers;
  /** What `welcome` said; both sides use the same. */
  readonly heartbeatMs?: number;
  readonly log?: Log;
}

/** Takes the transport over, as `coordinatorHandshake` and `agentHandshake` hand it on. */
export function createSession(transport: Transport, options: SessionOptions): Session {
  const { clock, role, log = silentLog, handlers = {}, heartbeatMs = heartbeat.intervalMs } = options;
  const closed = createDeferred<FarmError>();
  let over: FarmError | undefined;
  let heardInInterval = true;
  let silentIntervals = 0;
  let beat: Timer = clock.after(heartbeatMs, onBeat);

  const outbox = createOutbox(transport, close);
  const streams = createStreamTable(role, outbox);
  const callTable = createCallTable({ clock, log, outbox, streams, handlers });

  function onBeat(): void {
    silentIntervals = heardInInterval ? 0 : silentIntervals + 1;
    heardInInterval = false;
    if (silentIntervals >= heartbeat.missedBeforeDead) {
      close(lost(`The peer has been silent for ${silentIntervals * heartbeatMs} ms`));
      return;
    }
    outbox.control('ping', 0);
    beat = clock.after(heartbeatMs, onBeat);
  }

  function finish(error: FarmError): void {
    over = error;
    beat.cancel();
    callTable.failAll(error);
    streams.failAll(error);
    closed.resolve(error);
  }

  function close(error: FarmError): void {
    if (over !== undefined) return;
    // Set first: what the closing itself sends or fails must not close again.
    over = error;
    outbox.control('error', 0, encodeError(error));
    transport.close(closeCodeOf(error), error.code);
    finish(error);
  }

  function onMessageFrame(payload: Uint8Array): void {
    const message = decodeMessage(payload);
    if (message.type === 'request') callTable.onRequest(message, session);
    else if (message.type === 'response') callTable.onResponse(message);
    else if (message.type === 'notice') onNotice(message);
    else throw violation(`Message "${message.type}" after the handshake`);
  }

  function onNotice(message: Static<typeof NoticeMessage>): void {
    const name = Object.hasOwn(notices, message.name) ? (message.name as NoticeName) : undefined;
    const handler = name === undefined ? undefined : options.notices?.[name];
    // Nobody waits for an answer: a notice of a later version, or one that this side has no use for, is passed over.
    if (name === undefined || handler === undefined) return;
    (handler as (data: unknown) => void)(parse(notices[name], message.data, name));
  }

  function onFrame(frame: Frame): void {
    switch (frame.kind) {
      case 'message':
        onMessageFrame(frame.payload);
        break;
      case 'ping':
        if (frame.payload.length > 16) throw violation('A frame "ping" has more than 16 bytes of payload');
        outbox.control('pong', 0, frame.payload);
        break;
      case 'pong':
        break;
      case 'error':
        finish(decodeError(frame.payload));
        transport.close(closeCodes.done, 'error');
        break;
      default:
        streams.onFrame(frame);
    }
  }

  function guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      close(toFarmError(error));
    }
  }

  const session: Session = {
    call: callTable.call,
    notify(name, data) {
      if (over === undefined) outbox.control('message', 0, encodeJson({ type: 'notice', name, data }));
    },
    newStreamId: streams.newId,
    receive: streams.receive,
    send: streams.send,
    close,
    closed: closed.promise,
  };

  transport.start({
    onMessage(bytes) {
      if (over !== undefined) return;
      heardInInterval = true;
      guarded(() => onFrame(decodeFrame(bytes)));
    },
    onClose({ code, reason }) {
      if (over === undefined) finish(lost(`The connection closed (${code}${reason && `, ${reason}`})`));
    },
    onDrain() {
      if (over === undefined) outbox.onDrain();
    },
  });
  return session;
}

function lost(message: string): FarmError {
  return new FarmError('connection_lost', message, { blame: 'outside', retry: 'same' });
}
