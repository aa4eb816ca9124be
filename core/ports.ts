/** All that storage keeps for a coordinator, by capability. */
import type { TokenStore } from './access/ports.ts';
import type { BlobStore } from './blobs/ports.ts';
import type { ConfigFile } from './builders/ports.ts';
import type { BuildStore } from './builds/ports.ts';
import type { HealthProbes } from './health/ports.ts';
import type { LogFiles, SealedLogs } from './logs/ports.ts';
import type { MachineStore } from './machines/ports.ts';
import type { RetentionPorts } from './retention/ports.ts';
import type { GitMirrors, SourceStore } from './source/ports.ts';

export interface StoragePorts {
  readonly blobs: BlobStore;
  readonly logFiles: LogFiles;
  readonly sealedLogs: SealedLogs;
  readonly mirrors: GitMirrors;
  readonly sourceStore: SourceStore;
  readonly buildStore: BuildStore;
  readonly machineStore: MachineStore;
  readonly tokenStore: TokenStore;
  readonly configFile: ConfigFile;
  readonly probes: HealthProbes;
  readonly retention: RetentionPorts;
}
