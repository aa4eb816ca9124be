/** Listens to the capabilities and publishes what changed. */
import type { Clock, Timer } from '../../agent/kit/clock.ts';
import type { Coordinator } from '../../core/types.ts';
import type { EventFeed } from './event-feed.ts';
import { machineView } from './machine-view.ts';
import type { Machine } from './model.ts';
import { presentBuild } from './present.ts';

/** Counts and machines change many times a second on a busy farm; readers need the last state, not each. */
const coalesceMs = 100;
/** Every machine tells its load every few seconds; ten thousand of them would leave no room in the feed for anything else. */
const statusEveryMs = 30_000;

/** Gives the way to stop. */
export function publishChanges(
  coordinator: Pick<Coordinator, 'builds' | 'machines' | 'source' | 'settings'>,
  feed: Pick<EventFeed, 'publish'>,
  clock: Clock,
): () => void {
  const view = machineView(coordinator);
  const isNews = createMachineNews(clock);
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
      const machine = snapshot === null ? null : view(snapshot);
      if (machine !== null && isNews(machine)) feed.publish({ type: 'machine', machine });
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
    coordinator.source.onCommits(({ repo, branch, head, commits }) => {
      feed.publish({ type: 'commits', repo, branch, head, count: commits.length });
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

/** Whether more than a machine's load changed since it was last told of, or that is long ago. */
function createMachineNews(clock: Clock): (machine: Machine) => boolean {
  const told = new Map<string, { readonly text: string; readonly at: number }>();
  return (machine) => {
    const { status, lastSeenAt, ...lasting } = machine;
    const text = JSON.stringify(lasting);
    const last = told.get(machine.id);
    const now = clock.monotonic();
    if (last?.text === text && now - last.at < statusEveryMs) return false;
    told.set(machine.id, { text, at: now });
    return true;
  };
}
