/** From rows to the words of core. */
import type { Lease, Machine } from '../../core/machines/types.ts';
import type { leases, machines } from '../schema/sqlite.ts';
import { platformCodec } from '../schema/values.ts';

export type MachineRow = typeof machines.$inferSelect;

export function machineOf(row: MachineRow): Machine {
  const { quarantineSince: since, quarantineReason: reason, quarantineBy: by, ...machine } = row;
  return {
    ...machine,
    platform: platformCodec.decode(row.platform),
    quarantine: since === null || reason === null || by === null ? null : { since, reason, by },
  };
}

export function leaseOf({ holderKind: kind, holderId: id, ...lease }: typeof leases.$inferSelect): Lease {
  return { ...lease, holder: { kind, id } };
}
