/**
 * Builds: durable execution. A build is a journal of steps; every step's intent is stored before it is done and its result
 * after, so that a restarted coordinator replays the journal and goes on where it was. Infrastructure failures make new
 * attempts, within a budget, and never a verdict. What runs next is the scheduler's to say; this folder claims it, does it,
 * and ends it in one transaction.
 */

export { durationText } from './duration-text.ts';
export type { BuildQuery, BuildReader, BuildStore, GridCell, NewBuild } from './ports.ts';
export { type BuildsDeps, type BuildsService, createBuilds } from './service.ts';
export {
  type Artifact,
  type Attempt,
  type AttemptDetail,
  type Build,
  type BuildState,
  type Builds,
  buildStates,
  isFinished,
  type Span,
} from './types.ts';
