/** A transport that keeps what comes until somebody asks for it: one message at a time during the handshake, then all of it. */
import type { Clock } from '../kit/clock.ts';
import { createDeferred, type Deferred } from '../kit/deferred.ts';
import { FarmError } from './farm-error.ts';
import { limits } from './limits.ts';
import { closeCodes, type Transport, type TransportEvents } from './transport.ts';

export interface HeldTransport {
  send: Transport['send'];
  close: Transport['close'];
  /** The next message. Rejects with `timed_out` or `connection_lost`; one caller at a time. */
  next(clock: Clock, timeoutMs: number): Promise<Uint8Array>;
  /** Messages came that nobody asked for. */
  hasUnread(): boolean;
  /** Throws `connection_lost` when the connection is gone. */
  checkOpen(): void;
  /** Hands the connection on; its `start` delivers what came meanwhile. */
  release(): Transport;
}

type CloseInfo = Parameters<TransportEvents['onClose']>[0];

export function createHeldTransport(transport: Transport): HeldTransport {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let closed: CloseInfo | undefined;
  let reader: Deferred<Uint8Array> | undefined;
  let owner: TransportEvents | undefined;

  function hold(bytes: Uint8Array): void {
    if (closed !== undefined) return;
    held.push(bytes);
    // An empty message costs memory too.
    heldBytes += bytes.length + 64;
    if (heldBytes > limits.heldBytes)
      end({ code: closeCodes.protocolViolation, reason: 'protocol_violation' });
  }

  /** The peer said too much too early: over for us, whenever the transport says so itself. */
  function end(info: CloseInfo): void {
    held = [];
    closed = info;
    transport.close(info.code, info.reason);
  }

  transport.start({
    onMessage(bytes) {
      if (owner !== undefined) {
        owner.onMessage(bytes);
        return;
      }
      const waiting = reader;
      reader = undefined;
      if (waiting === undefined) hold(bytes);
      else waiting.resolve(bytes);
    },
    onClose(info) {
      closed ??= info;
      reader?.reject(lost(info));
      owner?.onClose(info);
    },
    onDrain: () => owner?.onDrain(),
  });

  async function next(clock: Clock, timeoutMs: number): Promise<Uint8Array> {
    const first = held.shift();
    if (first !== undefined) return first;
    if (closed !== undefined) throw lost(closed);
    const waiting = createDeferred<Uint8Array>();
    reader = waiting;
    const timer = clock.after(timeoutMs, () => {
      waiting.reject(
        new FarmError('timed_out', `The peer said nothing for ${timeoutMs} ms during the handshake`, {
          blame: 'outside',
          retry: 'same',
        }),
      );
    });
    try {
      return await waiting.promise;
    } finally {
      timer.cancel();
      if (reader === waiting) reader = undefined;
    }
  }

  function start(events: TransportEvents): void {
    owner = events;
    for (const bytes of held.splice(0)) events.onMessage(bytes);
    if (closed !== undefined) events.onClose(closed);
  }

  return {
    send: (bytes) => transport.send(bytes),
    close: (code, reason) => transport.close(code, reason),
    next,
    hasUnread: () => held.length > 0,
    checkOpen() {
      if (closed !== undefined) throw lost(closed);
    },
    release: () => ({
      start,
      send: (bytes) => transport.send(bytes),
      close: (code, reason) => transport.close(code, reason),
    }),
  };
}

function lost(info: CloseInfo): FarmError {
  return new FarmError(
    'connection_lost',
    `The connection closed during the handshake (${info.code}${info.reason && `, ${info.reason}`})`,
    { blame: 'outside', retry: 'same' },
  );
}
