/** Machines with what their slots build, for every route and event that shows one. */
import type { MachineSnapshot } from '../../core/machines/types.ts';
import type { Coordinator } from '../../core/types.ts';
import type { Machine } from './model.ts';
import { presentMachine } from './present.ts';

export function machineView(
  coordinator: Pick<Coordinator, 'builds'>,
): (snapshot: MachineSnapshot) => Machine {
  return (snapshot) =>
    presentMachine(snapshot, (buildId) => {
      const build = coordinator.builds.live(buildId);
      if (build === null) return null;
      const { id, builder, repo, commit } = build;
      return { id, builder, repo, commit };
    });
}
