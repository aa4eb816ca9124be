/** What the steps of builds do. How a commit fares is a matter of the commit; how long it takes and what it says, of the run. */
import type { SpawnRequest } from '../../../agent/platform/process.ts';
import { type Chance, createChance, hashOf } from '../kernel/chance.ts';
import type { Program } from '../machine/processes.ts';
import type { StoryBuilder } from './story.ts';

export interface ProgramOptions {
  readonly seed: number;
  readonly builders: readonly StoryBuilder[];
}

/** The truth about a commit: the exit code of each step, whatever machines and networks do. */
export function trueExit(seed: number, commit: string, builder: string, step: number): number {
  return hashOf(seed, 'truth', commit, builder, step) % 12 === 0 ? 1 + (hashOf(commit, step) % 3) : 0;
}

/** Every byte of a run's output says which run it is of, and where. */
export function outputLine(runId: string, line: number): string {
  return `${runId} ${line} ${hashOf(runId, line).toString(36)}\n`;
}

const nothing: Program = { writes: [], durationMs: 1, exitCode: 0, ignoresTerm: false, leaves: null };

export function programOf(options: ProgramOptions, request: SpawnRequest): Program {
  const { env, argv } = request;
  const runId = env['CROFT_RUN'];
  if (runId === undefined) return nothing;
  const chance = createChance(options.seed, 'program', runId);
  const builder = options.builders.find(({ name }) => name === env['CROFT_BUILDER']);
  const step = Number(/sim step (\d+)/.exec(argv.join(' '))?.[1] ?? 0);
  const durationMs = Math.max(1, (builder?.stepMs ?? 1_000) * (0.5 + chance.fraction()));
  return {
    writes: writesOf(runId, durationMs, chance),
    durationMs,
    exitCode: trueExit(options.seed, env['CROFT_COMMIT'] ?? '', env['CROFT_BUILDER'] ?? '', step),
    ignoresTerm: chance.happens(0.1),
    leaves: chance.happens(0.03)
      ? { ownGroup: chance.happens(0.5), forMs: chance.between(50, 600_000) }
      : null,
  };
}

function writesOf(runId: string, durationMs: number, chance: Chance): Program['writes'] {
  const times = Array.from({ length: chance.between(1, 4) }, () => durationMs * chance.fraction());
  let line = 0;
  return times
    .toSorted((left, right) => left - right)
    .map((afterMs) => {
      // Now and then more than a window, a segment or a page holds.
      const lines = chance.happens(0.01) ? chance.between(2_000, 20_000) : chance.between(0, 30);
      let text = '';
      for (let i = 0; i < lines; i++) text += outputLine(runId, line++);
      return { afterMs, bytes: Buffer.from(text) };
    })
    .filter(({ bytes }) => bytes.length > 0);
}
