/** Everything that goes wrong, when the story says so. */
import type { FakeConfigFile } from '../../fakes/config-file.ts';
import type { Disk } from '../disk/tree.ts';
import { createChance } from '../kernel/chance.ts';
import { type Kernel, world } from '../kernel/kernel.ts';
import type { AgentHost } from './agent-host.ts';
import { brokenVariant, configContent } from './config.ts';
import type { CoordinatorHost } from './coordinator-host.ts';
import type { Network } from './network.ts';
import type { GitServer } from './source.ts';
import { coordinatorHost, type Fault, type Story } from './story.ts';
import type { Trace } from './trace.ts';

export interface Faults {
  begin(fault: Fault): void;
  /** Nothing is broken any more, and everything that is down comes back. */
  healAll(): void;
  addDisk(host: string, disk: Disk): void;
  disk(host: string): Disk;
  startAgent(machine: string): void;
  /** Of a host's process; throws what the system answers. */
  beforeCall(host: string, call: string, path: string): void;
  beforeTransaction(statement: string): void;
  afterTransaction(statement: string): void;
}

interface HostFaults {
  /** Calls left until the process dies in one. */
  dieIn: number;
  torn: number;
  downMs: number;
  /** Calls that fail. */
  errors: number;
  /** Until when the host stays off. */
  offUntil: number;
}

const roomOfFullDisk = 0;

export function createFaults(deps: {
  readonly kernel: Kernel;
  readonly trace: Trace;
  readonly network: Network;
  readonly git: GitServer;
  readonly configFile: FakeConfigFile;
  readonly story: Story;
  readonly coordinator: CoordinatorHost;
  readonly agents: ReadonlyMap<string, AgentHost>;
}): Faults {
  const { kernel, trace, network, git, configFile, story, coordinator, agents } = deps;
  const chance = createChance(story.seed, 'store-errors');
  const disks = new Map<string, Disk>();
  const capacities = new Map<string, number>();
  const hosts = new Map<string, HostFaults>();
  let storeErrors: { count: number; moment: 'begin' | 'commit' } = { count: 0, moment: 'begin' };
  let healed = false;

  function of(host: string): HostFaults {
    let found = hosts.get(host);
    if (found === undefined) {
      found = { dieIn: Number.POSITIVE_INFINITY, torn: 0, downMs: 0, errors: 0, offUntil: 0 };
      hosts.set(host, found);
    }
    return found;
  }

  function later(ms: number, run: () => void): void {
    kernel.after(world, ms, () => {
      if (!healed) run();
    });
  }

  function kill(host: string, why: string): void {
    const { downMs } = of(host);
    of(host).dieIn = Number.POSITIVE_INFINITY;
    of(host).offUntil = kernel.now + downMs;
    if (host === coordinatorHost) {
      coordinator.kill(why);
      kernel.after(world, downMs, () => {
        if (!coordinator.owner.alive) coordinator.start();
      });
    } else {
      agents.get(host)?.kill(why);
      kernel.after(world, downMs, () => startAgent(host));
    }
  }

  function startAgent(machine: string): void {
    if (of(machine).offUntil > kernel.now && !healed) return;
    agents.get(machine)?.start();
  }

  function dyingCall(host: string, what: string): Error {
    const { torn } = of(host);
    kill(host, `in ${what}`);
    return Object.assign(new Error(`EIO: the process died in ${what}`), { code: 'EIO', tornShare: torn });
  }

  function beforeCall(host: string, call: string, path: string): void {
    const now = of(host);
    if (--now.dieIn < 0) throw dyingCall(host, `${call} ${path}`);
    if (now.errors > 0 && call !== 'rm' && call !== 'unlink') {
      now.errors--;
      trace.add(host, `refuses ${call} ${path}`);
      throw Object.assign(new Error(`EIO: i/o error, ${call} '${path}'`), { code: 'EIO' });
    }
  }

  function beforeTransaction(statement: string): void {
    const isBegin = statement.startsWith('BEGIN');
    const isCommit = statement === 'COMMIT';
    if (!isBegin && !isCommit) return;
    if (--of(coordinatorHost).dieIn < 0) throw dyingCall(coordinatorHost, `before ${statement}`);
    if (storeErrors.count > 0 && isBegin === (storeErrors.moment === 'begin') && chance.happens(0.4)) {
      storeErrors.count--;
      trace.add(coordinatorHost, `the database refuses ${statement}`);
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    }
  }

  function afterTransaction(statement: string): void {
    if (statement !== 'COMMIT') return;
    if (--of(coordinatorHost).dieIn < 0) throw dyingCall(coordinatorHost, `after ${statement}`);
  }

  function fill(host: string): void {
    const disk = disks.get(host);
    if (disk !== undefined) disk.capacity = disk.used + roomOfFullDisk;
  }

  function empty(host: string): void {
    const disk = disks.get(host);
    if (disk !== undefined) disk.capacity = capacities.get(host) ?? disk.capacity;
  }

  const beginnings: { readonly [K in Fault['kind']]: (fault: Extract<Fault, { kind: K }>) => void } = {
    cut: ({ machine }) => network.cut(machine),
    silence,
    slow({ machine, ms, forMs }) {
      const line = network.line(machine);
      line.slowMs = ms;
      later(forMs, () => {
        line.slowMs = 0;
      });
    },
    'agent-crash': ({ machine, ...how }) => dieSoon(machine, how),
    'coordinator-crash': (how) => dieSoon(coordinatorHost, how),
    'agent-stop'({ machine, downMs }) {
      agents.get(machine)?.stop();
      backAfter(machine, downMs);
    },
    'power-cut'({ machine, downMs }) {
      agents.get(machine)?.powerOff();
      backAfter(machine, downMs);
    },
    'coordinator-stop': () => coordinator.stop(),
    'store-error'({ count, moment }) {
      storeErrors = { count, moment };
    },
    'disk-error'({ host, count }) {
      of(host).errors = count;
    },
    'disk-full'({ host, forMs }) {
      fill(host);
      later(forMs, () => empty(host));
    },
    'clock-jump'({ host, ms }) {
      const jumping = host === coordinatorHost ? coordinator : agents.get(host);
      if (jumping !== undefined) jumping.wall.offsetMs += ms;
    },
    config({ variant }) {
      configFile.set(configContent(story, variant));
      // A coordinator does not start on a broken file; somebody sees it soon.
      if (variant === brokenVariant) later(90_000, () => configFile.set(configContent(story, 0)));
    },
    'source-down'({ forMs }) {
      git.remote.broken = 'Could not resolve host';
      later(forMs, () => {
        git.remote.broken = null;
      });
    },
  };

  function begin(fault: Fault): void {
    trace.add('fault', JSON.stringify(fault));
    (beginnings[fault.kind] as (fault: Fault) => void)(fault);
  }

  function dieSoon(
    host: string,
    { calls, torn, downMs }: { readonly calls: number; readonly torn: number; readonly downMs: number },
  ): void {
    Object.assign(of(host), { dieIn: calls, torn, downMs });
    // A host that makes no calls dies between two of them.
    later(120_000, () => {
      if (of(host).dieIn < Number.POSITIVE_INFINITY) kill(host, 'between two calls');
    });
  }

  function backAfter(machine: string, downMs: number): void {
    of(machine).offUntil = kernel.now + downMs;
    kernel.after(world, downMs + 1, () => startAgent(machine));
  }

  function silence(fault: Extract<Fault, { kind: 'silence' }>): void {
    const line = network.line(fault.machine);
    if (fault.direction !== 'down') line.up = false;
    if (fault.direction !== 'up') line.down = false;
    later(fault.forMs, () => {
      // What was sent meanwhile is gone, so a connection that lived through it is none any more.
      network.cut(fault.machine);
      line.up = true;
      line.down = true;
    });
  }

  return {
    begin,
    healAll() {
      trace.add('world', 'everything heals');
      healed = true;
      storeErrors.count = 0;
      git.remote.broken = null;
      configFile.set(configContent(story, 0));
      for (const host of hosts.values()) Object.assign(host, { dieIn: Number.POSITIVE_INFINITY, errors: 0 });
      for (const host of disks.keys()) empty(host);
      for (const { name } of story.machines) {
        const line = network.line(name);
        if (!line.up || !line.down) network.cut(name);
        Object.assign(line, { up: true, down: true, slowMs: 0 });
        startAgent(name);
      }
      if (!coordinator.owner.alive) coordinator.start();
    },
    addDisk(host, disk) {
      disks.set(host, disk);
      capacities.set(host, disk.capacity);
    },
    disk(host) {
      const found = disks.get(host);
      if (found === undefined) throw new Error(`No host is called ${host}`);
      return found;
    },
    startAgent,
    beforeCall,
    beforeTransaction,
    afterTransaction,
  };
}
