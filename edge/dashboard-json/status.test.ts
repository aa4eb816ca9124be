import { expect, test } from 'bun:test';
import type { MachineSnapshot, SlotView } from '../../core/machines/types.ts';
import type { Coordinator } from '../../core/types.ts';
import { reverseStatus } from './status.ts';

const now = 1_000_000;

function machine(name: string, slots: readonly Partial<SlotView>[], connected = true): MachineSnapshot {
  return {
    machine: { name, hostType: 'linux', platform: { agentVersion: '1.2' } },
    presence: { connected, since: now - 60_000 },
    slots: slots.map((slot, index) => ({ slot: index, state: 'free', holder: null, since: null, ...slot })),
  } as unknown as MachineSnapshot;
}

function farm(machines: readonly MachineSnapshot[], waiting: readonly string[]): Coordinator {
  return {
    machines: { list: () => machines },
    settings: {
      state: () => ({
        config: {
          hostTypes: [
            { name: 'linux', expected: 3 },
            { name: 'bsd', expected: 1 },
          ],
        },
      }),
    },
    builds: {
      waitingByHostType: () =>
        new Map([...Map.groupBy(waiting, (hostType) => hostType)].map(([name, all]) => [name, all.length])),
    },
  } as unknown as Coordinator;
}

test('connected machines by host type, each busy or idle, for how long', () => {
  const idle = machine('a', [{ since: now - 5_000 }]);
  const busy = machine('b', [{ state: 'busy', since: now - 2_500 }, {}]);
  const away = machine('c', [{}], false);
  expect(reverseStatus(farm([idle, busy, away], ['linux', 'linux', 'bsd']), now)).toEqual({
    HostTypes: {
      linux: {
        HostType: 'linux',
        Connected: 2,
        Expect: 3,
        Idle: 1,
        Busy: 1,
        Waiters: 2,
        Machines: {
          a: { Name: 'a', HostType: 'linux', ConnectedSec: 60, IdleSec: 5, Version: '1.2', Busy: false },
          b: { Name: 'b', HostType: 'linux', ConnectedSec: 60, BusySec: 2.5, Version: '1.2', Busy: true },
        },
      },
      bsd: { HostType: 'bsd', Connected: 0, Expect: 1, Idle: 0, Busy: 0, Waiters: 1, Machines: {} },
    },
  });
});
