/**
 * Which lease holds which slot, for the agent that comes after a killed one. A file of fixed-size lines, so that beginning and ending
 * a lease is one small write and needs no new disk space.
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';

export interface SlotTable {
  /** Leases by slot, as the last agent left them. */
  readonly found: ReadonlyMap<number, string>;
  save(slot: number, leaseId: string | null): void;
  close(): void;
}

const lineBytes = 96;

export function openSlotTable(path: string, slots: number): SlotTable {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const lines = readFileSync(path, 'latin1');
  const found = new Map<number, string>();
  const count = Math.max(slots, Math.floor(lines.length / lineBytes));

  function save(slot: number, leaseId: string | null): void {
    const line = Buffer.alloc(lineBytes, ' ');
    line.write(leaseId ?? '', 'latin1');
    line.write('\n', lineBytes - 1, 'latin1');
    writeSync(file, line, 0, lineBytes, slot * lineBytes);
  }

  for (let slot = 0; slot < count; slot++) {
    const leaseId = lines.slice(slot * lineBytes, (slot + 1) * lineBytes).trim();
    if (/^[A-Za-z0-9_.-]{1,64}$/.test(leaseId)) found.set(slot, leaseId);
    // Writes every line once, so that its room on the disk is there when it is needed.
    save(slot, found.get(slot) ?? null);
  }
  return { found, save, close: () => closeSync(file) };
}
