/** Connections between agents and the coordinator: ordered each in itself, late by chance, breakable, and able to say nothing. */
import { createMemoryLink } from '../../../agent/wire/memory-transport.ts';
import type { Transport } from '../../../agent/wire/transport.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';

export interface Line {
  up: boolean;
  down: boolean;
  /** Added to every delivery. */
  slowMs: number;
}

export interface Network {
  /** The line of a machine; faults change it. */
  line(machine: string): Line;
  dial(machine: string, agent: Owner): Promise<Transport>;
  /** Breaks what a machine has open. */
  cut(machine: string): void;
  /** The system closes the sockets of a process that died. */
  died(owner: Owner): void;
  /** Both sides live, and what one says reaches the other. */
  isOpen(machine: string): boolean;
  /** Where dials arrive; undefined: nobody listens. */
  listen(coordinator: Owner | undefined, accept: (transport: Transport, machine: string) => void): void;
}

const dialTimeoutMs = 15_000;

interface Connection {
  readonly machine: string;
  readonly agent: Owner;
  readonly coordinator: Owner;
  readonly left: Transport;
  readonly right: Transport;
  lost: boolean;
}

export function createNetwork(kernel: Kernel, chance: Chance): Network {
  const lines = new Map<string, Line>();
  const connections = new Set<Connection>();
  let listener: { owner: Owner; accept: (transport: Transport, machine: string) => void } | undefined;

  function line(machine: string): Line {
    let found = lines.get(machine);
    if (found === undefined) {
      found = { up: true, down: true, slowMs: 0 };
      lines.set(machine, found);
    }
    return found;
  }

  /** Ordinary networks take a fraction of a millisecond, and now and then much longer. */
  function latency(of: Line): number {
    const base = chance.happens(0.02) ? chance.exponential(30) : chance.exponential(0.4);
    return 0.05 + base + of.slowMs * (0.5 + chance.fraction());
  }

  function connect(machine: string, agent: Owner, coordinator: Owner): Connection {
    const on = line(machine);
    const lastAt = { left: 0, right: 0 };
    const connection: { lost: boolean } = { lost: false };
    const link = createMemoryLink({
      schedule(task, from) {
        const passes = from === 'left' ? on.up : on.down;
        if (!passes || connection.lost) return;
        const at = Math.max(lastAt[from], kernel.now + latency(on));
        lastAt[from] = at;
        kernel.after(from === 'left' ? coordinator : agent, at - kernel.now, () => {
          if (!connection.lost && (from === 'left' ? on.up : on.down)) task();
        });
      },
    });
    return Object.assign(connection, {
      machine,
      agent,
      coordinator,
      left: owned(link.left, agent),
      right: owned(link.right, coordinator),
    });
  }

  /** A drain is told in a turn of its own, since it comes about in the turn of the other side. */
  function owned(transport: Transport, owner: Owner): Transport {
    return {
      start(events) {
        transport.start({
          onMessage: (bytes) => events.onMessage(bytes),
          onClose: (info) => events.onClose(info),
          onDrain: () => void kernel.after(owner, 0, () => events.onDrain()),
        });
      },
      send: (bytes) => (owner.alive ? transport.send(bytes) : 'closed'),
      close(code, reason) {
        if (owner.alive) transport.close(code, reason);
      },
    };
  }

  function closeAt(owner: Owner, side: Transport, ms: number): void {
    kernel.after(owner, ms, () => side.close(1006, ''));
  }

  return {
    line,
    dial(machine, agent) {
      const on = line(machine);
      return new Promise((resolve, reject) => {
        if (!on.up || !on.down) {
          kernel.after(agent, dialTimeoutMs, () => reject(new Error('No answer')));
          return;
        }
        kernel.after(agent, latency(on) * 2, () => {
          if (listener === undefined || !listener.owner.alive) {
            reject(new Error('Connection refused'));
            return;
          }
          const { owner, accept } = listener;
          const connection = connect(machine, agent, owner);
          connections.add(connection);
          kernel.after(owner, 0, () => accept(connection.right, machine));
          resolve(connection.left);
        });
      });
    },
    cut(machine) {
      for (const connection of connections) {
        if (connection.machine !== machine) continue;
        connections.delete(connection);
        connection.lost = true;
        closeAt(connection.agent, connection.left, chance.exponential(5));
        closeAt(connection.coordinator, connection.right, chance.exponential(5));
      }
    },
    died(owner) {
      for (const connection of connections) {
        const { agent, coordinator, left, right, machine } = connection;
        if (agent !== owner && coordinator !== owner) continue;
        connections.delete(connection);
        const on = line(machine);
        if (agent === owner && on.up) closeAt(coordinator, right, latency(on));
        if (coordinator === owner && on.down) closeAt(agent, left, latency(on));
      }
    },
    isOpen(machine) {
      const on = line(machine);
      if (!on.up || !on.down) return false;
      for (const { machine: of, agent, coordinator } of connections) {
        if (of === machine && agent.alive && coordinator.alive) return true;
      }
      return false;
    },
    listen(owner, accept) {
      listener = owner === undefined ? undefined : { owner, accept };
    },
  };
}
