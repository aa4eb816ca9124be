/**
 * Which lease has which slot. A slot is one folder and all processes that came from it; a lease gets it empty, and nobody gets it
 * again before it was proven empty. Leases outlive the agent's process: the next one reports them, and the coordinator
 * says which still stand.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toDiskError } from '../disk-errors.ts';
import type { Log } from '../kit/log.ts';
import type { Runs } from '../runs/runs.ts';
import { FarmError, invalidInput, toFarmError } from '../wire/farm-error.ts';
import type { Result } from '../wire/protocol.ts';
import type { Cgroups } from './cgroup.ts';
import { createHomeFolders, type HomeFolders } from './home-folders.ts';
import { createLease, type HeldLease, type Lease, leaseLost } from './lease.ts';
import { emptyWorkFolder, killAll, type ResetDeps } from './reset-slot.ts';
import type { SlotTable } from './slot-table.ts';

type Begun = Result<'lease.begin'>;
type Ended = Result<'lease.end'>;

export interface Leases {
  /** The same lease on the same slot again: the same answer. Rejects with `conflict`, `shutting_down`, `slot_dirty`. */
  begin(leaseId: string, slot: number): Promise<Begun>;
  /** Rejects with `slot_dirty`; then the slot keeps the lease and takes no other. A lease that is not known: harmless. */
  end(leaseId: string): Promise<Ended>;
  /** Throws `lease_lost`. */
  use(leaseId: string): Lease;
  list(): readonly { readonly leaseId: string; readonly slot: number }[];
  /** Ends every lease held now that is not among these; resolves when all of them have ended, well or not. */
  keepOnly(leaseIds: readonly string[]): Promise<void>;
  /** Kills everything that runs in any slot, for an agent that goes down; the leases stay for the next one. */
  killProcesses(): Promise<void>;
  /** While on, no lease begins. */
  setDraining(on: boolean): void;
  readonly isDraining: boolean;
}

export interface LeasesDeps extends ResetDeps {
  readonly log: Log;
  readonly runs: Runs;
  readonly table: SlotTable;
  readonly cgroups: Cgroups | undefined;
  readonly workFolder: string;
  readonly slots: number;
}

type Slot =
  | { readonly is: 'free' }
  | { readonly is: 'held' | 'dirty'; readonly lease: HeldLease }
  | { readonly is: 'ending'; readonly lease: HeldLease; readonly result: Promise<Ended> };

const free: Slot = { is: 'free' };
/** Less than the fastest turn of the smallest circle, see `pid-clock.ts`. */
const pidLookMs = 100;

export function createLeases(deps: LeasesDeps): Leases {
  const slots = new Map<number, Slot>();
  const homeFolders = new Map<number, HomeFolders>();
  let isDraining = false;
  let isLooking = false;

  for (let slot = 0; slot < deps.slots; slot++) slots.set(slot, free);
  for (const [slot, leaseId] of deps.table.found) {
    slots.set(slot, { is: 'held', lease: leaseOn(slot, leaseId, undefined) });
  }

  /** Ids of processes go round in a circle: while a lease is held they are looked at often enough to know how far. */
  function keepLooking(): void {
    isLooking = true;
    deps.clock.after(pidLookMs, () => {
      isLooking = list().length > 0;
      if (!isLooking) return;
      deps.pidClock.mark();
      keepLooking();
    });
  }

  function homesOf(slot: number): HomeFolders {
    let homes = homeFolders.get(slot);
    if (homes === undefined) {
      homes = createHomeFolders(join(deps.workFolder, String(slot)));
      homeFolders.set(slot, homes);
    }
    return homes;
  }

  function leaseOn(slot: number, leaseId: string, since: HeldLease['since']): HeldLease {
    return createLease({
      leaseId,
      slot,
      since,
      workDir: join(deps.workFolder, String(slot)),
      cgroup: deps.cgroups?.slot(slot).freshFolder(),
      homes: homesOf(slot),
    });
  }

  function slotOf(leaseId: string): Exclude<Slot, { is: 'free' }> | undefined {
    for (const slot of slots.values()) if (slot.is !== 'free' && slot.lease.leaseId === leaseId) return slot;
    return undefined;
  }

  async function begin(leaseId: string, index: number): Promise<Begun> {
    for (;;) {
      const slot = slots.get(index);
      if (slot === undefined || index >= deps.slots) {
        throw invalidInput('params.slot', `This machine has slots 0 to ${deps.slots - 1}`);
      }
      const mine = slotOf(leaseId);
      if (mine !== undefined && mine === slot && slot.is === 'held') {
        return { workDir: slot.lease.workDir, fresh: false };
      }
      if (mine !== undefined) throw conflict(`Lease ${leaseId} has ended here, or has another slot`);
      if (isDraining) throw draining();
      if (slot.is === 'free') return take(index, leaseId);
      if (slot.is === 'held') throw conflict(`Slot ${index} is held by lease ${slot.lease.leaseId}`);
      // The slot is being reset, or has to be once more; what that says is said to whoever asked for it.
      await (slot.is === 'ending' ? slot.result.catch(() => undefined) : end(slot.lease.leaseId));
    }
  }

  async function take(index: number, leaseId: string): Promise<Begun> {
    const lease = leaseOn(index, leaseId, deps.pidClock.mark());
    slots.set(index, { is: 'held', lease });
    if (!isLooking) keepLooking();
    try {
      deps.table.save(index, leaseId);
      mkdirSync(lease.workDir, { recursive: true });
      // Somebody on the machine may have put things here since it was proven empty.
      const keep = lease.homes.untouched();
      if (readdirSync(lease.workDir).length > keep.length) await emptyWorkFolder(deps, lease.workDir, keep);
    } catch (error) {
      release(index);
      throw toDiskError(error, 'begin a lease');
    }
    return { workDir: lease.workDir, fresh: true };
  }

  function release(index: number): void {
    if (index < deps.slots) slots.set(index, free);
    else slots.delete(index);
    deps.table.save(index, null);
  }

  async function end(leaseId: string): Promise<Ended> {
    const slot = slotOf(leaseId);
    if (slot === undefined) return { killedProcesses: 0, removedEntries: 0, proven: true };
    if (slot.is === 'ending') return slot.result;
    const { lease } = slot;
    const result = reset(lease);
    slots.set(lease.slot, { is: 'ending', lease, result });
    try {
      const ended = await result;
      release(lease.slot);
      return ended;
    } catch (error) {
      const reason = toFarmError(error, { code: 'slot_dirty', blame: 'machine', retry: 'elsewhere' });
      slots.set(lease.slot, { is: 'dirty', lease });
      deps.log.error('slot.dirty', { slot: lease.slot, lease: leaseId, problem: reason.message });
      throw reason;
    }
  }

  async function reset(lease: HeldLease): Promise<Ended> {
    await lease.stop();
    await deps.runs.starting(lease.leaseId);
    const killedProcesses = await killOf(lease);
    await Promise.all(deps.runs.ofLease(lease.leaseId).map((run) => run.ended));
    deps.runs.forget(lease.leaseId);
    const removedEntries = await emptyWorkFolder(deps, lease.workDir, lease.homes.untouched());
    return { killedProcesses, removedEntries, proven: true };
  }

  function killOf(lease: HeldLease): Promise<number> {
    const runs = deps.runs.ofLease(lease.leaseId);
    return killAll(deps, {
      runs,
      cgroup: deps.cgroups?.slot(lease.slot),
      traces: {
        leaseIds: [lease.leaseId],
        workDir: lease.workDir,
        leaders: runs.flatMap(({ leader }) => (leader === undefined ? [] : [leader])),
        since: lease.since,
      },
    });
  }

  function list(): readonly { leaseId: string; slot: number }[] {
    return [...slots].flatMap(([slot, state]) =>
      state.is === 'free' ? [] : [{ leaseId: state.lease.leaseId, slot }],
    );
  }

  return {
    begin,
    end,
    use(leaseId) {
      const slot = slotOf(leaseId);
      if (slot?.is !== 'held') throw leaseLost(leaseId);
      return slot.lease;
    },
    list,
    async keepOnly(leaseIds) {
      const others = list().filter(({ leaseId }) => !leaseIds.includes(leaseId));
      await Promise.allSettled(others.map(({ leaseId }) => end(leaseId)));
    },
    async killProcesses() {
      const held = [...slots.values()].flatMap((slot) => (slot.is === 'held' ? [slot.lease] : []));
      await Promise.allSettled(held.map(killOf));
    },
    setDraining(on) {
      isDraining = on;
    },
    get isDraining() {
      return isDraining;
    },
  };
}

function conflict(message: string): FarmError {
  return new FarmError('conflict', message, { blame: 'farm', retry: 'elsewhere' });
}

function draining(): FarmError {
  return new FarmError('shutting_down', 'The machine is draining and takes no lease', {
    blame: 'machine',
    retry: 'elsewhere',
  });
}
