/** A WebSocket of the package `ws`, client's or server's, as the transport of a session. */
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../kit/clock.ts';
import type { Transport, TransportEvents } from '../wire/transport.ts';

/** From here the sender of bulk data waits; what waits in the socket is what a heartbeat has to wait for. */
const highWaterBytes = 2 * 1024 * 1024;
const lowWaterBytes = highWaterBytes / 2;
/** Looks at the socket's own count, which no runtime gets wrong; its callbacks have been. */
const lookMs = 2;
/** A peer that does not answer our close is gone. */
const closePatienceMs = 2_000;

/** The socket is open, or was; `maxPayload` of it bounds what a message may be. */
export function webSocketTransport(socket: WebSocket, clock: Clock): Transport {
  let events: TransportEvents | undefined;
  let early: Uint8Array[] = [];
  let closed: { code: number; reason: string } | undefined;
  let isFull = false;
  let looking: Timer | undefined;
  let closing: Timer | undefined;

  socket.binaryType = 'nodebuffer';
  socket.on('message', (data, isBinary) => {
    // Text breaks the protocol; an empty frame says so to whoever reads it.
    const bytes = isBinary ? (data as Buffer) : new Uint8Array(0);
    if (closed !== undefined) return;
    if (events === undefined) early.push(bytes);
    else events.onMessage(bytes);
  });
  socket.on('close', (code, reason) => onClose(code, reason.toString()));
  // The close that follows says the same; without a listener it would end the process.
  socket.on('error', () => socket.terminate());

  function onClose(code: number, reason: string): void {
    if (closed !== undefined) return;
    closed = { code, reason };
    looking?.cancel();
    closing?.cancel();
    events?.onClose(closed);
  }

  function look(): void {
    if (closed !== undefined) return;
    if (socket.bufferedAmount > lowWaterBytes) {
      looking = clock.after(lookMs, look);
      return;
    }
    isFull = false;
    events?.onDrain();
  }

  return {
    start(given) {
      events = given;
      const waiting = early;
      early = [];
      for (const bytes of waiting) given.onMessage(bytes);
      if (closed !== undefined) given.onClose(closed);
    },
    send(bytes) {
      if (closed !== undefined || socket.readyState !== socket.OPEN) return 'closed';
      socket.send(bytes, { binary: true, compress: false });
      if (!isFull && socket.bufferedAmount > highWaterBytes) {
        isFull = true;
        looking = clock.after(lookMs, look);
      }
      return isFull ? 'full' : 'sent';
    },
    close(code, reason) {
      if (closed !== undefined || closing !== undefined) return;
      closing = clock.after(closePatienceMs, () => socket.terminate());
      socket.close(code, reason.slice(0, 100));
    },
  };
}
