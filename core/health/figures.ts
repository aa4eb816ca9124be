/** The farm's figures from what the capabilities know: pure, and one pass over each list. */
import type { FarmConfig } from '../builders/types.ts';
import type { MachineSnapshot } from '../machines/types.ts';
import type { MachineCount, SlotCount } from './types.ts';

export function countMachines(machines: readonly MachineSnapshot[]): {
  readonly machines: readonly MachineCount[];
  readonly slots: readonly SlotCount[];
  readonly links: number;
} {
  const byState = new Map<string, { hostType: string; state: MachineCount['state']; count: number }>();
  const bySlot = new Map<string, { hostType: string; state: SlotCount['state']; count: number }>();
  let links = 0;
  for (const { machine, presence, slots } of machines) {
    if (presence.connected) links++;
    if (machine.revokedAt !== null) continue;
    const { hostType } = machine;
    const state = stateOf(machine, presence.connected);
    add(byState, `${hostType}\n${state}`, () => ({ hostType, state, count: 0 }));
    if (!presence.connected) continue;
    for (const slot of slots) {
      add(bySlot, `${hostType}\n${slot.state}`, () => ({ hostType, state: slot.state, count: 0 }));
    }
  }
  return { machines: [...byState.values()], slots: [...bySlot.values()], links };
}

function stateOf(machine: MachineSnapshot['machine'], isHere: boolean): MachineCount['state'] {
  if (machine.quarantine !== null) return 'quarantined';
  if (machine.draining) return 'draining';
  return isHere ? 'ready' : 'away';
}

function add<T extends { count: number }>(counts: Map<string, T>, key: string, first: () => T): void {
  let entry = counts.get(key);
  if (entry === undefined) {
    entry = first();
    counts.set(key, entry);
  }
  entry.count++;
}

export function expectedOf(
  config: FarmConfig,
): readonly { readonly hostType: string; readonly count: number }[] {
  return config.hostTypes.map(({ name, expected }) => ({ hostType: name, count: expected }));
}
