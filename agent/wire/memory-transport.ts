/**
 * Two transports joined in memory, for tests and simulations: a network whose every delivery is a task that the caller schedules, so
 * a seed decides how the two directions interleave. It behaves as a socket does: ordered, with a bounded buffer that asks to
 * wait, deaf after close.
 */
import type { Transport, TransportEvents } from './transport.ts';

export interface MemoryLink {
  readonly left: Transport;
  readonly right: Transport;
  /** The connection breaks under both sides, what is on the way is lost. */
  cut(): void;
  /** Bytes on the way, by sender. */
  inFlight(): { readonly left: number; readonly right: number };
}

export interface MemoryLinkOptions {
  /** Runs a delivery, soon or late; the tasks of one direction in the order in which they were given. */
  readonly schedule?: (task: () => void, from: 'left' | 'right') => void;
  /** From how many bytes on the way `send` answers `full`. */
  readonly highWaterBytes?: number;
}

interface Side {
  readonly name: 'left' | 'right';
  events: TransportEvents | undefined;
  early: Uint8Array[];
  inFlight: number;
  full: boolean;
  closed: boolean;
}

export function createMemoryLink(options: MemoryLinkOptions = {}): MemoryLink {
  const { schedule = (task) => queueMicrotask(task), highWaterBytes = 1024 * 1024 } = options;
  const left = side('left');
  const right = side('right');

  function closeSide(of: Side, code: number, reason: string): void {
    if (of.closed) return;
    of.closed = true;
    of.early = [];
    of.events?.onClose({ code, reason });
  }

  function deliver(from: Side, to: Side, bytes: Uint8Array): void {
    from.inFlight -= bytes.length;
    if (!to.closed) {
      if (to.events === undefined) to.early.push(bytes);
      else to.events.onMessage(bytes);
    }
    if (from.full && !from.closed && from.inFlight <= highWaterBytes / 2) {
      from.full = false;
      from.events?.onDrain();
    }
  }

  function transport(from: Side, to: Side): Transport {
    return {
      start(events) {
        from.events = events;
        for (const bytes of from.early.splice(0)) events.onMessage(bytes);
        if (from.closed) events.onClose({ code: 1006, reason: '' });
      },
      send(bytes) {
        if (from.closed) return 'closed';
        from.inFlight += bytes.length;
        schedule(() => deliver(from, to, bytes), from.name);
        from.full ||= from.inFlight > highWaterBytes;
        return from.full ? 'full' : 'sent';
      },
      close(code, reason) {
        if (from.closed) return;
        closeSide(from, code, reason);
        schedule(() => closeSide(to, code, reason), from.name);
      },
    };
  }

  return {
    left: transport(left, right),
    right: transport(right, left),
    cut() {
      closeSide(left, 1006, '');
      closeSide(right, 1006, '');
    },
    inFlight: () => ({ left: left.inFlight, right: right.inFlight }),
  };
}

function side(name: Side['name']): Side {
  return { name, events: undefined, early: [], inFlight: 0, full: false, closed: false };
}
