/** Spans are not stored: they are what the journal says, step by step. */
import { Value } from '@sinclair/typebox/value';
import { RunExit } from '../../agent/wire/protocol.ts';
import type { Plan } from '../builders/types.ts';
import { kindOf, plannedIn } from './journal.ts';
import { judgeExit } from './outcome.ts';
import type { Attempt, JournalEntry, Span } from './types.ts';

/** One span a step that was begun, in order. A step without a result is running, or broken off once the attempt ended. */
export function spansOf(attempt: Attempt, entries: readonly JournalEntry[]): readonly Span[] {
  const planned = plannedIn(entries);
  const plan = planned !== null && 'plan' in planned ? planned.plan : null;
  const results = new Map(
    entries.filter((entry) => entry.phase === 'result').map((entry) => [entry.step, entry]),
  );
  return entries
    .filter((entry) => entry.phase === 'intent')
    .map((intent) => {
      const result = results.get(intent.step);
      const verdict = result === undefined ? unfinished(attempt) : verdictOf(intent.step, result.data);
      return {
        step: intent.step,
        title: titleOf(intent.step, plan),
        startedAt: intent.at,
        endedAt: result?.at ?? attempt.endedAt,
        state: verdict.state,
        logOffset: logOffsetOf(intent.data),
        detail: verdict.detail,
      };
    });
}

function unfinished(attempt: Attempt): { state: Span['state']; detail: string | null } {
  return attempt.endedAt === null
    ? { state: 'running', detail: null }
    : { state: 'broken-off', detail: attempt.error?.message ?? null };
}

function verdictOf(step: string, data: unknown): { state: Span['state']; detail: string | null } {
  const kind = kindOf(step);
  if (kind === 'run' && isRecord(data) && Value.Check(RunExit, data['exit'])) {
    const judged = judgeExit(data['exit']);
    return { state: judged.kind === 'passed' ? 'passed' : 'failed', detail: judged.text };
  }
  if (kind === 'plan' && isRecord(data) && data['outcome'] === 'refused')
    return { state: 'failed', detail: 'No usable recipe' };
  if (kind === 'artifacts' && isRecord(data) && Array.isArray(data['artifacts'])) {
    const note = typeof data['note'] === 'string' ? `; ${data['note']}` : '';
    return { state: 'passed', detail: `${data['artifacts'].length} files kept${note}` };
  }
  return { state: 'passed', detail: null };
}

function titleOf(step: string, plan: Plan | null): string {
  if (step.startsWith('run:')) return plan?.steps[Number(step.slice(4))]?.name ?? step;
  if (step === 'plan') return 'Choose the recipe';
  if (step === 'prepare') return 'Put the source on the machine';
  return step === 'artifacts' ? 'Keep the artifacts' : step;
}

function logOffsetOf(data: unknown): number | null {
  return isRecord(data) && typeof data['logAt'] === 'number' ? data['logAt'] : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
