/** One worker machine: its disk, its processes, its clock, and the agent that runs on it, one process after another. */
import { type Agent, createAgent } from '../../../agent/agent.ts';
import { openAgentFolder } from '../../../agent/folder.ts';
import { openIdentity } from '../../../agent/link/identity.ts';
import type { SpawnRequest } from '../../../agent/platform/process.ts';
import { createChance } from '../kernel/chance.ts';
import { createHostClock, type WallClock } from '../kernel/host-clock.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';
import { whenDialled } from '../machine/dial.ts';
import { endAllOf, type ProcessHooks, spawnProcess } from '../machine/processes.ts';
import type { Network } from './network.ts';
import type { StoryMachine } from './story.ts';
import type { Trace } from './trace.ts';

export interface AgentHost {
  readonly machine: StoryMachine;
  readonly wall: WallClock;
  readonly owner: Owner;
  start(): void;
  kill(why: string): void;
  stop(): void;
  /** The machine goes off, with all that runs on it. */
  powerOff(): void;
}

export interface AgentHostDeps {
  readonly kernel: Kernel;
  readonly seed: number;
  readonly machine: StoryMachine;
  readonly network: Network;
  readonly trace: Trace;
  readonly joinToken: () => string;
  readonly hooks: ProcessHooks;
  /** The agent ended by itself. */
  readonly onEnded: () => void;
}

export function createAgentHost(deps: AgentHostDeps): AgentHost {
  const { kernel, machine, network, trace } = deps;
  const wall: WallClock = { offsetMs: 0 };
  const who = `${machine.name}/agent`;
  let hardware: Owner = { name: machine.name, alive: true };
  let owner: Owner = { name: who, alive: false };
  let agent: Agent | undefined;
  let incarnation = 0;

  async function boot(self: Owner): Promise<string> {
    const folder = openAgentFolder(`/sim/${machine.name}/agent`);
    const clock = createHostClock(kernel, self, wall);
    const made = await createAgent({
      config: {
        coordinator: new URL('http://coordinator'),
        joinToken: deps.joinToken(),
        hostType: machine.hostType,
        name: machine.name,
        slots: machine.slots,
        logLevel: 'info',
        dir: folder.root,
        ca: undefined,
        proxy: undefined,
        cacheBytes: 64 * 1024 ** 2,
        spoolBytes: 256 * 1024 ** 2,
        environment: { path: '/usr/bin:/bin', outerLeases: '' },
      },
      folder,
      identity: openIdentity(folder.identity),
      runtime: {
        name: 'bun',
        version: '1',
        spawn: async (request: SpawnRequest) => spawnProcess(kernel, hardware, self, deps.hooks, request),
        pause: () => clock.sleep(0),
      },
      clock,
      randomness: createChance(deps.seed, machine.name, incarnation),
      log: trace.logOf(who, () => self.alive),
      version: 'bottle',
      onConnected: () => undefined,
    });
    agent = made;
    const refusal = await made.run();
    return refusal === undefined ? 'stopped' : `was refused: ${refusal.message}`;
  }

  function ended(self: Owner, how: string): void {
    if (!self.alive) return;
    bury(self);
    trace.add(who, how);
    deps.onEnded();
  }

  function bury(self: Owner): void {
    self.alive = false;
    agent = undefined;
    network.died(self);
  }

  return {
    machine,
    wall,
    get owner() {
      return owner;
    },
    start() {
      if (owner.alive) return;
      if (!hardware.alive) hardware = { name: machine.name, alive: true };
      incarnation++;
      const self: Owner = { name: who, alive: true };
      owner = self;
      whenDialled(who, () => network.dial(machine.name, self));
      trace.add(who, `starts (process ${incarnation})`);
      kernel.after(self, 0, () => {
        boot(self).then(
          (how) => ended(self, how),
          (error: unknown) =>
            ended(self, `failed: ${error instanceof Error ? error.message : String(error)}`),
        );
      });
    },
    kill(why) {
      if (!owner.alive) return;
      bury(owner);
      trace.add(who, `killed: ${why}`);
    },
    stop() {
      if (owner.alive) kernel.after(owner, 0, () => void agent?.stop());
    },
    powerOff() {
      trace.add(machine.name, 'loses its power');
      // Nobody closes the sockets of a machine that is off.
      owner.alive = false;
      agent = undefined;
      endAllOf(machine.name);
      hardware.alive = false;
    },
  };
}
