/** The coordinator as edge sees it: every capability by its public interface. `coordinator.ts` joins them. */
import type { Access } from './access/types.ts';
import type { BlobStore } from './blobs/ports.ts';
import type { FarmSettings } from './builders/index.ts';
import type { Builds } from './builds/types.ts';
import type { FarmHealth } from './health/index.ts';
import type { Logs } from './logs/index.ts';
import type { Machines } from './machines/types.ts';
import type { Retention } from './retention/types.ts';
import type { Source } from './source/index.ts';
import type { SourceStore } from './source/ports.ts';
import type { Work } from './work/index.ts';

export interface Coordinator {
  readonly settings: FarmSettings;
  readonly source: Source;
  /** For reading commits and branches. */
  readonly commits: SourceStore;
  readonly work: Work;
  readonly builds: Builds;
  readonly machines: Machines;
  readonly logs: Logs;
  readonly access: Access;
  readonly blobs: BlobStore;
  readonly health: FarmHealth;
  readonly retention: Retention;
}
