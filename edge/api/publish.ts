/** Listens to the capabilities and publishes what changed. */
import type { Clock, Timer } from '../../agent/kit/clock.ts';
import type { Coordinator } from '../../core/types.ts';
import type { EventFeed } from './event-feed.ts';
import { machineView } from './machine-view.ts';
import { presentBuild } from './present.ts';

/** Counts and machines change many times a second on a busy farm; readers need the last state, not each. */
const coalesceMs = 100;

/** Gives the way to stop. */
export function publishChanges(coordinator: Coordinator, feed: EventFeed, clock: Clock): () => void {
  const view = machineView(coordinator);
  const changedMachines = new Set<string>();
  let queueChanged = false;
  let timer: Timer | null = null;

  function flush(): void {
    timer = null;
    if (queueChanged) {
      queueChanged = false;
      const { waiting, running } = coordinator.builds.counts();
      feed.publish({ type: 'queue', waiting, running });
    }
    for (const id of changedMachines) {
      const snapshot = coordinator.machines.get(id);
      if (snapshot !== null) feed.publish({ type: 'machine', machine: view(snapshot) });
    }
    changedMachines.clear();
  }
  const soon = () => {
    timer ??= clock.after(coalesceMs, flush);
  };

  const stops = [
    coordinator.builds.onChange((build) => {
      feed.publish({ type: 'build', build: presentBuild(build) });
      queueChanged = true;
      soon();
    }),
    coordinator.machines.onChange(({ machine }) => {
      changedMachines.add(machine.id);
      soon();
    }),
    coordinator.source.onCommits(({ repo, branch, commits }) => {
      const head = commits.at(-1)?.hash;
      if (head !== undefined) feed.publish({ type: 'commits', repo, branch, head, count: commits.length });
    }),
    coordinator.settings.onChange((state) => {
      feed.publish({ type: 'farm', farm: { configBroken: state.broken !== null } });
    }),
  ];
  return () => {
    timer?.cancel();
    for (const stop of stops) stop();
  };
}
