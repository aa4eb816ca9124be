import type { FarmFile } from './farm-schema.ts';

/** For `farm.config.ts`: gives the configuration back as it is, and an editor its types. */
export function defineFarm(config: FarmFile): FarmFile {
  return config;
}
