/** Upstream's status documents, with its names of fields. */
import type { MachineSnapshot } from '../../core/machines/types.ts';
import type { Coordinator } from '../../core/types.ts';

interface ReverseMachine {
  readonly Name: string;
  readonly HostType: string;
  readonly ConnectedSec: number;
  readonly IdleSec?: number;
  readonly BusySec?: number;
  readonly Version: string;
  readonly Busy: boolean;
}

interface ReverseHostType {
  readonly HostType: string;
  readonly Connected: number;
  readonly Expect: number;
  readonly Idle: number;
  readonly Busy: number;
  readonly Waiters: number;
  readonly Machines: Readonly<Record<string, ReverseMachine>>;
}

/** Builds that can run at once and are told of. */
const mostActive = 5_000;

export function reverseStatus(coordinator: Coordinator, now: number) {
  const here = coordinator.machines.list().filter(({ presence }) => presence.connected);
  const { hostTypes } = coordinator.settings.state().config;
  const names = new Set([
    ...hostTypes.map(({ name }) => name),
    ...here.map(({ machine }) => machine.hostType),
  ]);
  const waiting = coordinator.builds.waitingByHostType();
  const entries = [...names].map((name): [string, ReverseHostType] => {
    const machines = here.filter(({ machine }) => machine.hostType === name);
    const busy = machines.filter(isBusy).length;
    return [
      name,
      {
        HostType: name,
        Connected: machines.length,
        Expect: hostTypes.find((hostType) => hostType.name === name)?.expected ?? 0,
        Idle: machines.length - busy,
        Busy: busy,
        Waiters: waiting.get(name) ?? 0,
        Machines: Object.fromEntries(
          machines.map((snapshot) => [snapshot.machine.name, reverseMachine(snapshot, now)]),
        ),
      },
    ];
  });
  return { HostTypes: Object.fromEntries(entries) };
}

/** Builds of commits that hold a machine now. */
export async function activeBuilds(coordinator: Coordinator, origin: string) {
  const running = await coordinator.builds.reader.builds({ state: 'running', limit: mostActive });
  return running
    .filter((build) => build.class === 'post-submit' || build.class === 'backfill')
    .map(({ id, builder, commit }) => ({ builder, commit, statusURL: `${origin}/log/${id}` }));
}

export function builderTable(coordinator: Coordinator) {
  const { builders, hostTypes } = coordinator.settings.state().config;
  return {
    Builders: Object.fromEntries(
      builders.map(({ name, hostType }) => [name, { Name: name, HostType: hostType, Notes: '' }]),
    ),
    Hosts: Object.fromEntries(
      hostTypes.map(({ name, expected }) => [
        name,
        { HostType: name, IsReverse: true, ExpectNum: expected, Notes: '' },
      ]),
    ),
  };
}

function isBusy({ slots }: MachineSnapshot): boolean {
  return slots.some(({ state }) => state !== 'free');
}

function reverseMachine(snapshot: MachineSnapshot, now: number): ReverseMachine {
  const { machine, presence, slots } = snapshot;
  const busy = isBusy(snapshot);
  const since = slots.flatMap((slot) => (slot.since === null ? [] : [slot.since]));
  const seconds = (from: number) => Math.max(0, now - from) / 1000;
  const inState = seconds(
    since.length === 0 ? presence.since : busy ? Math.min(...since) : Math.max(...since),
  );
  return {
    Name: machine.name,
    HostType: machine.hostType,
    ConnectedSec: seconds(presence.since),
    ...(busy ? { BusySec: inState } : { IdleSec: inState }),
    Version: machine.platform.agentVersion,
    Busy: busy,
  };
}
