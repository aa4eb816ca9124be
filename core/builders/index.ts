/**
 * Builders: what the operator and the owners of a repository want, from two files. The farm's configuration is trusted; a
 * repository's `croft.json` is data from strangers, read at the commit that is built, and can only ask for less than the farm
 * allows. Both are checked whole, against one schema each, before anything of them counts. From them comes the plan of a build;
 * a repository that says nothing gets a plan by what it looks like. Code of a repository is never run here.
 */

export { type ConfigKind, checkConfig, checkConfigText, problemText } from './check-config.ts';
export { defaultConfig, repositoryName } from './default-config.ts';
export { defineFarm } from './define-farm.ts';
export { goTreeScripts } from './detect/go-tree.ts';
export { formatDuration, parseDuration } from './duration.ts';
export type { FarmFile } from './farm-schema.ts';
export { globProblem, matchesGlob, matchesGlobs } from './glob.ts';
export { type JsonFault, type JsonRead, readJson } from './json-text.ts';
export { planBuild } from './plan.ts';
export type { CommitFiles, ConfigFile } from './ports.ts';
export { farmSchema, type JsonSchema, repositorySchema } from './published-schema.ts';
export { type ConfigRead, readFarmConfig, readRepositoryConfig } from './read-config.ts';
export type { RepositoryFile } from './repository-schema.ts';
export { createFarmSettings, type FarmSettings, type FarmSettingsDeps } from './service.ts';
export { formatSize } from './size.ts';
export type {
  Builder,
  ConfigProblem,
  ConfigState,
  FarmConfig,
  HostType,
  KeepRule,
  Plan,
  Planned,
  PlanOrigin,
  Policies,
  Repository,
} from './types.ts';
