/** What people ask of the farm while it runs. */
import type { RunningCoordinator } from '../../../core/coordinator.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { CoordinatorHost } from './coordinator-host.ts';
import { repositoryName } from './source.ts';
import type { Request, Story } from './story.ts';
import type { Trace } from './trace.ts';

export interface Requests {
  make(request: Request): void;
  cancelBuild(id: string): void;
  /** At the end of the story: no machine stays drained or in quarantine. */
  putMachinesBack(): void;
}

export function createRequests(deps: {
  readonly kernel: Kernel;
  readonly trace: Trace;
  readonly coordinator: CoordinatorHost;
  readonly cancelAsked: Set<string>;
  readonly story: Story;
}): Requests {
  const { kernel, trace, coordinator, cancelAsked } = deps;

  function inCoordinator(what: string, run: (running: RunningCoordinator) => Promise<unknown>): void {
    const { running, owner } = coordinator;
    if (running === undefined || !owner.alive) return;
    kernel.after(owner, 0, () => {
      run(running).catch((error: unknown) => {
        trace.add('people', `${what}: refused, ${error instanceof Error ? error.message : String(error)}`);
      });
    });
  }

  function machineId(running: RunningCoordinator, name: string): string {
    return running.machines.list().find(({ machine }) => machine.name === name)?.machine.id ?? '';
  }

  function make(request: Request): void {
    trace.add('people', JSON.stringify(request));
    inCoordinator(request.kind, async (running) => {
      switch (request.kind) {
        case 'build':
          return await running.work.request({
            repo: repositoryName,
            commit: request.branch,
            builder: request.builder,
            requestedBy: 'ada',
          });
        case 'cancel':
          return await cancel(running, request.pick);
        case 'drain':
        case 'undrain':
          return await running.machines.setDraining(
            machineId(running, request.machine),
            request.kind === 'drain',
            'ada',
          );
        case 'quarantine':
          return await running.machines.quarantine(machineId(running, request.machine), 'looked odd', 'ada');
        case 'release':
          return await running.machines.release(machineId(running, request.machine), 'ada');
      }
    });
  }

  async function cancel(running: RunningCoordinator, pick: number): Promise<void> {
    const [waiting, busy] = await Promise.all([
      running.builds.reader.builds({ state: 'waiting', limit: 20 }),
      running.builds.reader.builds({ state: 'running', limit: 20 }),
    ]);
    const all = [...waiting, ...busy];
    const chosen = all[pick % Math.max(1, all.length)];
    if (chosen === undefined) return;
    cancelAsked.add(chosen.id);
    await running.builds.cancel(chosen.id, 'ada');
  }

  return {
    make,
    cancelBuild(id) {
      cancelAsked.add(id);
      inCoordinator('cancel', (running) => running.builds.cancel(id, 'ada'));
    },
    putMachinesBack() {
      inCoordinator('put back', async (running) => {
        for (const { machine } of running.machines.list()) {
          if (machine.quarantine !== null) await running.machines.release(machine.id, 'ada');
          if (machine.draining) await running.machines.setDraining(machine.id, false, 'ada');
        }
      });
    },
  };
}
