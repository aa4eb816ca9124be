/** Pure rules: what an exit means, whose fault it is, and what happens after an attempt. */
import { FarmError, type FarmErrorJson } from '../../agent/wire/farm-error.ts';
import type { RunExit } from '../../agent/wire/protocol.ts';
import type { ConfigProblem } from '../builders/types.ts';
import { durationText } from './duration-text.ts';
import type { Artifact, AttemptState, Build } from './types.ts';

/** `broken`: not a result; the machine or the farm failed under the run. */
export type ExitVerdict =
  | { readonly kind: 'passed'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'broken'; readonly text: string; readonly error: FarmError };

/** Signals that come from outside of a run that Croft did not stop: the OOM killer, an administrator, a shutdown. */
const foreignSignals = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP']);

export function judgeExit(exit: RunExit): ExitVerdict {
  const took = durationText(exit.endedAt - exit.startedAt);
  switch (exit.reason) {
    case 'exited':
      return exit.exitCode === 0
        ? { kind: 'passed', text: `passed in ${took}` }
        : { kind: 'failed', text: `failed with exit code ${exit.exitCode} after ${took}` };
    case 'time-limit':
      return { kind: 'failed', text: `stopped at the time limit, after ${took}` };
    case 'silence-limit':
      return { kind: 'failed', text: `stopped because it wrote nothing for too long, after ${took}` };
    case 'signalled':
      if (exit.signal !== null && foreignSignals.has(exit.signal)) {
        return broken('machine_lost', `killed from outside by ${exit.signal} after ${took} (out of memory?)`);
      }
      return { kind: 'failed', text: `died of ${exit.signal ?? 'a signal'} after ${took}` };
    case 'could-not-start':
      // An agent that is itself at fault refuses the start with an error; an exit says that the command was.
      return { kind: 'failed', text: `could not be started: ${exit.message ?? 'no reason was given'}` };
    case 'disk-full':
      return broken('disk_full', `stopped because the machine's disk is full, after ${took}`);
    case 'lost':
      return broken('machine_lost', 'lost: the agent died under it');
  }
}

function broken(code: 'machine_lost' | 'disk_full', text: string): ExitVerdict {
  const error = new FarmError(code, `The run was ${text}`, { blame: 'machine', retry: 'elsewhere' });
  return { kind: 'broken', text, error };
}

/** How an attempt ended, before anybody decided what follows. */
export interface AttemptEnd {
  readonly state: Exclude<AttemptState, 'running'>;
  readonly error: FarmErrorJson | null;
  /** One sentence for the build when this end is final; null for a pass. */
  readonly message: string | null;
  readonly blame: Build['blame'];
  readonly artifacts: readonly Artifact[];
}

export const passed = { state: 'passed', error: null, message: null, blame: null } as const;

export function failedStep(name: string, verdict: { readonly text: string }): Omit<AttemptEnd, 'artifacts'> {
  return { state: 'failed', error: null, message: `Step "${name}" ${verdict.text}`, blame: 'change' };
}

export function failedPlan(problems: readonly ConfigProblem[]): Omit<AttemptEnd, 'artifacts'> {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const message = first === undefined ? 'No usable recipe' : `${first.path}: ${first.problem}${more}`;
  return { state: 'failed', error: null, message, blame: 'change' };
}

export function cancelledBy(by: string): Omit<AttemptEnd, 'artifacts'> {
  return { state: 'cancelled', error: null, message: `Cancelled by ${by}`, blame: 'caller' };
}

/** Everything that a step threw: the change's own fault is a red result, anything else is infrastructure. */
export function endedBy(error: FarmError): Omit<AttemptEnd, 'artifacts'> {
  const state = error.blame === 'change' ? 'failed' : 'infrastructure';
  return { state, error: error.toJSON(), message: error.message, blame: error.blame };
}

/** Pause before the attempt after the n-th: 2 s, 8 s, 32 s … at most 5 min; a machine's own fault goes elsewhere at once. */
export function pauseMs(attempt: number, blame: Build['blame']): number {
  return blame === 'machine' ? 0 : Math.min(300_000, 2_000 * 4 ** (attempt - 1));
}

export type FollowUp =
  | { readonly kind: 'again'; readonly notBefore: number }
  | {
      readonly kind: 'finished';
      readonly state: 'passed' | 'failed' | 'cancelled' | 'error';
      readonly blame: Build['blame'];
      readonly message: string | null;
    };

/** What follows an ended attempt: a final state, or another attempt while the budget lasts. */
export function afterAttempt(build: Build, attemptNumber: number, end: AttemptEnd, now: number): FollowUp {
  if (end.state !== 'infrastructure')
    return { kind: 'finished', state: end.state, blame: end.blame, message: end.message };
  if (build.cancelRequestedBy !== null) {
    const { blame, message } = cancelledBy(build.cancelRequestedBy);
    return { kind: 'finished', state: 'cancelled', blame, message };
  }
  if (attemptNumber < build.maxAttempts)
    return { kind: 'again', notBefore: now + pauseMs(attemptNumber, end.blame) };
  const message = `All ${build.maxAttempts} attempts were lost to infrastructure; the last: ${end.message ?? 'no reason was given'}`;
  return { kind: 'finished', state: 'error', blame: end.blame, message };
}
