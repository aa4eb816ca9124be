/** The answer for one waiting task: what it waits for, what goes first, and when it should start. */
import { blockersOf, isImpossible } from './blockers.ts';
import type { Correction } from './correction.ts';
import { remainingAt } from './durations.ts';
import { basisOf, claimMs, type ExpectedStart, expectedStartAt } from './estimate.ts';
import type { Forecast, Forecaster } from './forecast.ts';
import type { Standing } from './standing.ts';
import type { FarmState, Host, Waiting } from './state.ts';
import { classIndex } from './turns.ts';
import { type Blocker, taskClasses, type Why } from './types.ts';
import { span } from './words.ts';

/** What an answer is made of. */
export interface Seer {
  readonly state: FarmState;
  readonly forecaster: Forecaster;
  readonly correction: Correction;
  standing(host: Host, now: number): Standing;
}

export function explain(seer: Seer, waiting: Waiting, now: number): Why {
  if (waiting.parked === 'builder') return explainBuilder(seer.state, waiting);
  if (waiting.parked === 'running') return explainRunning(seer.state, waiting, now);
  const { task, host } = waiting;
  const { policy } = seer.state;
  const impossible = isImpossible(policy, host);
  const forecast = impossible ? null : seer.forecaster.forecast(host, now);
  const ahead = aheadOf(seer, waiting, forecast, now);
  const standing = seer.standing(host, now);
  const blockers = blockersOf({ task, host, standing, policy, now, ahead });
  const rank = forecast?.ranking.rankOf.get(task.id) ?? 0;
  const expectedStart = forecast && expectedStartAt(forecast, seer.correction, rank, now);
  return answer(waiting, blockers, {
    ahead: ahead.reduce((sum, ofClass) => sum + ofClass, 0),
    impossible,
    expectedStart,
    basis: forecast === null ? 'No machine can serve it' : basisOf(forecast, rank, expectedStart, now),
    now,
  });
}

/** Tasks that go first, by class. Its rank says so, but for a task in a pause only the forecast can. */
function aheadOf(
  seer: Seer,
  { task, host }: Waiting,
  forecast: Forecast | null,
  now: number,
): readonly number[] {
  const ranking = seer.forecaster.ranking(host, now);
  const rank = ranking.rankOf.get(task.id) ?? 0;
  if (task.notBefore <= now || forecast === null) return ranking.aheadOf(rank);
  const starts = forecast.likelyStarts();
  const own = starts[forecast.ranking.rankOf.get(task.id) ?? 0] ?? 0;
  const ahead = taskClasses.map(() => 0);
  for (const [other, { class: name }] of forecast.ranking.tasks.entries()) {
    if ((starts[other] ?? 0) >= own) continue;
    const index = classIndex(name);
    ahead[index] = (ahead[index] ?? 0) + 1;
  }
  return ahead;
}

function explainBuilder(state: FarmState, waiting: Waiting): Why {
  const { builder } = waiting.task;
  const text =
    state.policy === null
      ? "The farm's configuration has not been read yet"
      : `Builder "${builder}" is not in the farm's configuration: put it back or cancel this`;
  return answer(waiting, [{ kind: 'builder-disabled', text }], {
    ahead: 0,
    impossible: state.policy !== null,
    expectedStart: null,
    basis: 'Nothing is placed for this builder',
    now: 0,
  });
}

function explainRunning(state: FarmState, waiting: Waiting, now: number): Why {
  const { task } = waiting;
  const startedAt = state.running.get(task.id)?.startedAt ?? now;
  const spread = state.durations.spread(task.builder, task.repo);
  const endAt = (probability: number): number =>
    now + Math.round(remainingAt(spread.quantiles, Math.max(0, now - startedAt), probability));
  return answer(waiting, [{ kind: 'machines-held', text: 'Its last attempt still holds its slot' }], {
    ahead: 0,
    impossible: false,
    expectedStart: { earliest: endAt(0.1), likely: endAt(0.5), latest: endAt(0.9) },
    basis: 'The end of its last attempt',
    now,
  });
}

function answer(
  waiting: Waiting,
  blockers: readonly Blocker[],
  rest: Pick<Why, 'ahead' | 'impossible' | 'expectedStart' | 'basis'> & { readonly now: number },
): Why {
  const { now, ...fields } = rest;
  const main = blockers[0]?.text ?? 'It is next';
  const start = rest.impossible ? '' : `; ${startIn(rest.expectedStart, now)}`;
  return { taskId: waiting.task.id, summary: `${main}${start}`, blockers, ...fields };
}

function startIn(expected: ExpectedStart | null, now: number): string {
  if (expected === null) return 'it starts once a machine is there';
  if (expected.latest - now <= claimMs) return 'it should start now';
  const [earliest, likely, latest] = [expected.earliest, expected.likely, expected.latest].map((at) =>
    span(at - now),
  );
  return `it should start in ${likely} (${earliest} to ${latest})`;
}
