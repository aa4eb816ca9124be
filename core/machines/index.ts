/**
 * Machines: who they are (an Ed25519 key each, bought with a one-time join token), whether they are here, what each of
 * their slots does, and how far they can be trusted. Keeps three promises: a slot has one lease at a time; a slot is handed out
 * only after it was proven clean; a machine that falls silent is given up in bounded time, with the reason told to whoever
 * held it. It decides nothing about builds: a lease's holder is only a name here.
 */
export { createFleet, type FleetDeps } from './fleet.ts';
export type { MachineStore } from './ports.ts';
export type {
  Fleet,
  HeldLease,
  JoinToken,
  Lease,
  Machine,
  MachineEvent,
  MachineSnapshot,
  Machines,
  Presence,
  Reliability,
  SlotView,
} from './types.ts';
