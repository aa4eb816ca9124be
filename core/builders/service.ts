/** Reads the farm's file and holds what is in force. A mistake in the file never takes away what works. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import { problemText } from './check-config.ts';
import { problemAt } from './field-rules.ts';
import type { ConfigFile } from './ports.ts';
import { readFarmConfig } from './read-config.ts';
import type { ConfigProblem, ConfigState, FarmConfig } from './types.ts';

export interface FarmSettings {
  /** What is in force now. */
  state(): ConfigState;
  /** Called after each reload, also after one that was refused. Gives the way to stop. */
  onChange(listener: (state: ConfigState) => void): () => void;
  /** Reads the file now and answers what is in force then; a file with mistakes is no error here. */
  reload(): Promise<ConfigState>;
  /** Follows the file until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

export interface FarmSettingsDeps {
  readonly file: ConfigFile;
  /** In force while there is no file. */
  readonly fallback: FarmConfig;
  readonly clock: Clock;
  readonly log: Log;
}

type Loaded =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'read'; readonly file: string; readonly config: FarmConfig }
  | { readonly outcome: 'refused'; readonly problems: readonly ConfigProblem[] };

/** Rejects with `invalid_input` and every problem when the file is there at the start and has mistakes. */
export async function createFarmSettings(
  deps: FarmSettingsDeps,
  options: { readonly pollMs: number },
): Promise<FarmSettings> {
  const listeners = new Set<(state: ConfigState) => void>();
  let seenRevision: string | null = null;
  let state = await first();
  let lastReload: Promise<unknown> = Promise.resolve();

  async function load(): Promise<Loaded> {
    try {
      seenRevision = null;
      // Asked first, so that a file that changes while it is read is read again.
      seenRevision = await deps.file.revision();
      const found = await deps.file.read();
      if (found === null) return { outcome: 'none' };
      const read = readFarmConfig(found.content);
      return 'config' in read
        ? { outcome: 'read', file: found.file, config: read.config }
        : { outcome: 'refused', problems: read.problems };
    } catch (error) {
      const { message } = toFarmError(error);
      return {
        outcome: 'refused',
        problems: [problemAt([], message, 'Mend the file; it is read again by itself')],
      };
    }
  }

  async function first(): Promise<ConfigState> {
    const loaded = await load();
    if (loaded.outcome === 'refused') throw startRefused(loaded.problems);
    const fromFile = loaded.outcome === 'read';
    return {
      config: fromFile ? loaded.config : deps.fallback,
      file: fromFile ? loaded.file : null,
      loadedAt: deps.clock.now(),
      broken: null,
    };
  }

  async function reloadOnce(): Promise<ConfigState> {
    const loaded = await load();
    const at = deps.clock.now();
    if (loaded.outcome === 'read') {
      state = { config: loaded.config, file: loaded.file, loadedAt: at, broken: null };
      deps.log.info('config.loaded', { file: loaded.file });
    } else if (loaded.outcome === 'refused') refuse(loaded.problems, at);
    else if (state.file !== null) refuse([fileIsGone], at);
    else return state;
    for (const listener of listeners) tell(listener);
    return state;
  }

  function refuse(problems: readonly ConfigProblem[], at: number): void {
    state = { ...state, broken: { at, problems } };
    const texts = problems.map(problemText).join('\n');
    deps.log.warn('config.refused', {
      file: state.file,
      problems: problems.length,
      text: texts.slice(0, 4_000),
    });
  }

  function tell(listener: (state: ConfigState) => void): void {
    try {
      listener(state);
    } catch (error) {
      // The others still have to hear of it.
      deps.log.error('config.listener-failed', { message: toFarmError(error).message });
    }
  }

  /** One after the other, so that an older file never replaces a newer one. */
  function reload(): Promise<ConfigState> {
    const next = lastReload.then(reloadOnce);
    lastReload = next;
    return next;
  }

  async function hasChanged(): Promise<boolean> {
    try {
      return (await deps.file.revision()) !== seenRevision;
    } catch {
      // What is wrong is for the reload to say, and to say only once.
      return state.broken === null;
    }
  }

  return {
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reload,
    async run(signal) {
      while (await slept(deps.clock, options.pollMs, signal)) {
        if (await hasChanged()) await reload();
      }
    },
  };
}

/** False when the signal fired first. */
async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

const fileIsGone: ConfigProblem = {
  path: 'the whole file',
  problem: 'The file is gone',
  fix: 'Put it back, or start again to go on with the embedded default',
};

function startRefused(problems: readonly ConfigProblem[]): FarmError {
  const texts = problems.map(problemText);
  const count = texts.length === 1 ? 'a mistake' : `${texts.length} mistakes`;
  return new FarmError('invalid_input', `The farm's configuration has ${count}:\n  ${texts.join('\n  ')}`, {
    blame: 'caller',
    details: { field: 'configuration', problems: texts },
  });
}
