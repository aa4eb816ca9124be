/** One open lease: waits for its machine, survives its connections, and knows when to give up. */
import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';
import type { Session } from '../../agent/wire/session.ts';
import type { HeldLease, Lease } from './types.ts';

export interface OpenLease extends HeldLease {
  readonly holder: Lease['holder'];
  readonly begun: boolean;
  /** A session of the machine is there, or (null) no longer. */
  connected(session: Session | null): void;
  /** Gives the lease up; `lost` fires with the error. */
  lose(error: FarmError): void;
}

export interface LeaseOptions {
  readonly id: string;
  readonly machineId: string;
  readonly slot: number;
  readonly holder: Lease['holder'];
  readonly begun: boolean;
  readonly session: Session | null;
  readonly onGiveBack: (lease: OpenLease) => void;
}

export function createLease(options: LeaseOptions): OpenLease {
  const lostBy = new AbortController();
  let session = options.session;
  let begun = options.begun;
  let givenBack = false;
  const waiting = new Set<(session: Session) => void>();

  function nextSession(signal: AbortSignal): Promise<Session> {
    if (session !== null) return Promise.resolve(session);
    return new Promise((resolve, reject) => {
      function settle(run: () => void): void {
        waiting.delete(onSession);
        signal.removeEventListener('abort', onAbort);
        run();
      }
      const onSession = (found: Session) => settle(() => resolve(found));
      const onAbort = () => settle(() => reject(signal.reason));
      waiting.add(onSession);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function use<T>(callerSignal: AbortSignal, action: (session: Session) => Promise<T>): Promise<T> {
    const signal = AbortSignal.any([callerSignal, lostBy.signal]);
    for (;;) {
      signal.throwIfAborted();
      const current = await nextSession(signal);
      // A listener that is added after the signal fired is never called.
      signal.throwIfAborted();
      try {
        return await raceAbort(signal, action(current));
      } catch (error) {
        signal.throwIfAborted();
        if (!isFarmError(error) || error.code !== 'connection_lost') throw error;
        // The session may tell its calls before it tells the fleet: never the same dead session again.
        if (session === current) session = null;
      }
    }
  }

  const lease: OpenLease = {
    id: options.id,
    machineId: options.machineId,
    slot: options.slot,
    holder: options.holder,
    lost: lostBy.signal,
    get begun() {
      return begun;
    },
    use,
    markBegun: () => {
      begun = true;
    },
    giveBack: () => {
      if (givenBack) return;
      givenBack = true;
      options.onGiveBack(lease);
    },
    connected: (next) => {
      session = next;
      if (next !== null) for (const resolve of [...waiting]) resolve(next);
    },
    lose: (error) => {
      if (!lostBy.signal.aborted) lostBy.abort(error);
    },
  };
  return lease;
}

/** Rejects as soon as the signal fires, whatever the work does then; its late rejection is of no interest to anybody. */
function raceAbort<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

export function machineLost(machine: string, why: string): FarmError {
  return new FarmError('machine_lost', `Machine "${machine}" was given up: ${why}`, {
    blame: 'machine',
    retry: 'elsewhere',
  });
}
