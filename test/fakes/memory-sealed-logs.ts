import type { SealedLogs } from '../../core/logs/ports.ts';
import type { SealedLog } from '../../core/logs/types.ts';

export interface MemorySealedLogs extends SealedLogs {
  /** What `BuildStore.endAttempt` does with it. */
  store(log: SealedLog): void;
}

export function createMemorySealedLogs(): MemorySealedLogs {
  const logs = new Map<string, SealedLog>();
  return {
    sealed: async (id) => logs.get(id) ?? null,
    removed: async () => null,
    store: (log) => {
      logs.set(log.id, log);
    },
  };
}
