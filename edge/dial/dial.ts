/** The WebSocket at which agents dial in, as the Transport that core's sessions stand on. */
import type { ServerWebSocket, WebSocketHandler } from 'bun';
import { limits } from '../../agent/wire/limits.ts';
import { closeCodes, type Transport, type TransportEvents } from '../../agent/wire/transport.ts';

export const dialPath = '/api/v1/dial';

/** What hangs on each socket. */
export interface Dialed {
  readonly remote: string;
  events: TransportEvents | null;
  /** Messages that came before the transport was started. */
  early: Uint8Array[];
  isOpen: boolean;
}

export function newDialed(remote: string): Dialed {
  return { remote, events: null, early: [], isOpen: true };
}

/** A peer that sends before it was asked gets this far and no further. */
const mostEarlyMessages = 16;

export function dialHandler(
  accept: (transport: Transport, remote: string) => void,
): WebSocketHandler<Dialed> {
  return {
    maxPayloadLength: limits.frameBytes,
    // A session stops sending at `full`; what it may still have on the way must fit, or Bun drops it.
    backpressureLimit: 16 * limits.frameBytes,
    closeOnBackpressureLimit: true,
    // Heartbeats of the session notice a dead peer; this only sweeps up sockets that never became a session.
    idleTimeout: 120,
    sendPings: false,
    perMessageDeflate: false,
    open(socket) {
      accept(transportOf(socket), socket.data.remote);
    },
    message(socket, message) {
      if (typeof message === 'string') {
        socket.close(closeCodes.protocolViolation, 'Frames are binary');
        return;
      }
      const { data } = socket;
      // The buffer is the socket's own only until this handler returns.
      const bytes = new Uint8Array(message);
      if (data.events !== null) data.events.onMessage(bytes);
      else if (data.early.push(bytes) > mostEarlyMessages)
        socket.close(closeCodes.protocolViolation, 'Too many early frames');
    },
    drain(socket) {
      socket.data.events?.onDrain();
    },
    close(socket, code, reason) {
      const { data } = socket;
      data.isOpen = false;
      const { events } = data;
      data.events = null;
      data.early = [];
      events?.onClose({ code, reason });
    },
  };
}

function transportOf(socket: ServerWebSocket<Dialed>): Transport {
  return {
    start(events) {
      const { data } = socket;
      if (!data.isOpen) {
        events.onClose({ code: 1006, reason: 'The connection was gone at once' });
        return;
      }
      data.events = events;
      const early = data.early;
      data.early = [];
      for (const bytes of early) events.onMessage(bytes);
    },
    send(bytes) {
      if (!socket.data.isOpen) return 'closed';
      const sent = socket.send(bytes);
      if (sent > 0) return 'sent';
      if (sent === -1) return 'full';
      // Bun dropped the message: the stream of frames has a hole, which only a new connection mends.
      socket.close(closeCodes.failed, 'A frame was dropped');
      return 'closed';
    },
    close(code, reason) {
      if (socket.data.isOpen) socket.close(code, reason.slice(0, 120));
    },
  };
}
