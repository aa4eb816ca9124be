/** The build store as the coordinator uses it, with the ledger reading along: only what was acknowledged counts. */
import type { BuildStore } from '../../../core/builds/ports.ts';
import type { Ledger } from './ledger.ts';

export function observedStore(store: BuildStore, ledger: Ledger): BuildStore {
  return {
    ...store,
    async create(builds) {
      const stored = await store.create(builds);
      for (const { build } of stored) ledger.saw(build);
      return stored;
    },
    async claim(op) {
      const outcome = await store.claim(op);
      if (outcome.outcome === 'claimed') {
        ledger.saw(outcome.build);
        const { buildId, leaseId, machineId, slot } = op;
        ledger.claimed({ leaseId, attemptId: op.attempt.id, buildId, machineId, slot });
      }
      return outcome;
    },
    async endAttempt(op) {
      const build = await store.endAttempt(op);
      ledger.attemptEnded(op.attemptId);
      ledger.saw(build);
      return build;
    },
    async cancel(op) {
      const outcome = await store.cancel(op);
      if ('build' in outcome) ledger.saw(outcome.build);
      return outcome;
    },
  };
}
