/** The WebSocket at which agents dial in, as the Transport that core's sessions stand on. */
import type { Server, ServerWebSocket, WebSocketHandler } from 'bun';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, invalidInput, toFarmError } from '../../agent/wire/farm-error.ts';
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

export interface DialDeps {
  /** Resolves when the peer was let in or refused. */
  readonly accept: (transport: Transport, remote: string) => Promise<void>;
  readonly log: Log;
}

export interface Refusal {
  readonly error: FarmError;
  readonly status: number;
  readonly headers: Record<string, string>;
}

export interface Dial {
  /** Null: the request is a WebSocket now. */
  upgrade(request: Request, server: Server<Dialed>): Refusal | null;
  readonly websocket: WebSocketHandler<Dialed>;
}

/** A peer that sends before it was asked gets this far and no further. */
const mostEarlyMessages = 16;
/** Sockets that have not shown yet who they are; a farm of 10,000 agents that comes back at once passes in turns. */
const mostStrangers = 2_000;
const longestReasonBytes = 120;

export function createDial(deps: DialDeps): Dial {
  let strangers = 0;

  /** A handler that throws would leave a socket that nobody serves, and say nothing. */
  function guard(socket: ServerWebSocket<Dialed>, what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      deps.log.error('dial.broke', { what, remote: socket.data.remote, message: toFarmError(error).message });
      socket.close(closeCodes.failed, 'internal');
    }
  }

  function open(socket: ServerWebSocket<Dialed>): void {
    strangers += 1;
    const settled = () => {
      strangers -= 1;
    };
    deps.accept(transportOf(socket), socket.data.remote).then(settled, (error: unknown) => {
      settled();
      deps.log.error('dial.broke', { what: 'accept', message: toFarmError(error).message });
    });
  }

  return {
    upgrade(request, server) {
      if (strangers >= mostStrangers) return tooMany;
      const remote = server.requestIP(request)?.address ?? 'an address that is not known';
      const data: Dialed = { remote, events: null, early: [], isOpen: true };
      return server.upgrade(request, { data }) ? null : noUpgrade;
    },
    websocket: {
      maxPayloadLength: limits.frameBytes,
      // A session stops sending at `full`; what it may still have on the way must fit, or Bun drops it.
      backpressureLimit: 16 * limits.frameBytes,
      closeOnBackpressureLimit: true,
      // Heartbeats of the session notice a dead peer; this only sweeps up sockets that never became a session.
      idleTimeout: 120,
      sendPings: false,
      perMessageDeflate: false,
      open: (socket) => guard(socket, 'open', () => open(socket)),
      message: (socket, message) => guard(socket, 'message', () => received(socket, message)),
      drain: (socket) => guard(socket, 'drain', () => socket.data.events?.onDrain()),
      close: (socket, code, reason) => guard(socket, 'close', () => closed(socket, code, reason)),
    },
  };
}

const tooMany: Refusal = {
  error: new FarmError('too_many', 'Too many agents are being let in right now; dial again', {
    blame: 'farm',
    retry: { afterMs: 2_000 },
  }),
  status: 503,
  headers: {},
};
const noUpgrade: Refusal = {
  error: invalidInput('Upgrade', 'this is where agents dial in, by WebSocket'),
  status: 426,
  headers: { upgrade: 'websocket' },
};

function received(socket: ServerWebSocket<Dialed>, message: string | Buffer): void {
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
}

function closed(socket: ServerWebSocket<Dialed>, code: number, reason: string): void {
  const { data } = socket;
  const { events } = data;
  data.isOpen = false;
  data.events = null;
  data.early = [];
  events?.onClose({ code, reason });
}

function transportOf(socket: ServerWebSocket<Dialed>): Transport {
  const { data } = socket;
  return {
    start(events) {
      if (!data.isOpen) {
        events.onClose({ code: 1006, reason: 'The connection was gone at once' });
        return;
      }
      data.events = events;
      const { early } = data;
      data.early = [];
      for (const bytes of early) events.onMessage(bytes);
    },
    send(bytes) {
      if (!data.isOpen) return 'closed';
      const sent = socket.send(bytes);
      if (sent > 0) return 'sent';
      if (sent === -1) return 'full';
      // Bun dropped the message: the stream of frames has a hole, which only a new connection mends.
      socket.close(closeCodes.failed, 'A frame was dropped');
      return 'closed';
    },
    close(code, reason) {
      if (data.isOpen) socket.close(code, shortened(reason));
    },
  };
}

/** Close reasons have 123 bytes at most; a longer one would throw. */
function shortened(reason: string): string {
  const bytes = new TextEncoder().encode(reason);
  if (bytes.length <= longestReasonBytes) return reason;
  return new TextDecoder().decode(bytes.subarray(0, longestReasonBytes)).replace(/\ufffd+$/, '');
}
