import { defaultConfig } from '../../core/builders/default-config.ts';
import type { ConfigState, FarmConfig } from '../../core/builders/types.ts';

/** Settings without a file: what is in force is set by hand. */
export function fakeSettings(fields: Partial<FarmConfig> = {}) {
  const listeners = new Set<(state: ConfigState) => void>();
  const config: FarmConfig = { ...defaultConfig({ repository: '/srv/git/project.git' }), ...fields };
  let state: ConfigState = { config, file: null, loadedAt: 0, broken: null };
  return {
    state: () => state,
    onChange(listener: (state: ConfigState) => void) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    set(changed: Partial<FarmConfig>) {
      state = { ...state, config: { ...state.config, ...changed } };
      for (const listener of listeners) listener(state);
    },
  };
}
