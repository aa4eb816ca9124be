/** How the database is, for those who watch over the farm. */
import type { DatabaseProbe } from '../../core/health/ports.ts';
import type { Writer } from './writer.ts';

/** An empty transaction changes no page, but it has to wait its turn, get the lock and see the disk take a sync. */
export function createDatabaseProbe(writer: Writer): DatabaseProbe {
  return {
    refusal: writer.refusal,
    lastFailure: writer.lastFailure,
    check: () => writer.write('result', () => undefined),
  };
}
