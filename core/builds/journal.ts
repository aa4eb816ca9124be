/** The journal of one attempt: what each step writes, when it is stored, and what it tells afterwards. */
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { RunExit } from '../../agent/wire/protocol.ts';
import type { ConfigProblem, Plan } from '../builders/types.ts';
import type { JournalEntry } from './types.ts';

const PlanSchema = Type.Object({
  steps: Type.Array(Type.Object({ name: Type.String(), script: Type.String() })),
  env: Type.Record(Type.String(), Type.String()),
  timeoutMs: Type.Number(),
  silenceMs: Type.Number(),
  artifacts: Type.Array(Type.String()),
  origin: Type.Object({
    kind: Type.Union([Type.Literal('builder'), Type.Literal('repository'), Type.Literal('detected')]),
    file: Type.String(),
    why: Type.String(),
    change: Type.String(),
  }),
});
const ProblemSchema = Type.Object({ path: Type.String(), problem: Type.String(), fix: Type.String() });
export const StoredArtifact = Type.Object({
  id: Type.String(),
  path: Type.String(),
  bytes: Type.Number(),
  digest: Type.String(),
  blobKey: Type.String(),
});

const nothing = Type.Object({});

/** Shape of each step's entries. `run` stands for `run:0`, `run:1`, … */
const shapes = {
  plan: {
    intent: nothing,
    result: Type.Union([
      Type.Object({ outcome: Type.Literal('planned'), plan: PlanSchema }),
      Type.Object({ outcome: Type.Literal('refused'), problems: Type.Array(ProblemSchema) }),
    ]),
  },
  prepare: { intent: nothing, result: Type.Object({ workDir: Type.String() }) },
  /** `logAt`: where the step's part of the attempt's log begins. */
  run: { intent: Type.Object({ logAt: Type.Number() }), result: Type.Object({ exit: RunExit }) },
  artifacts: {
    intent: nothing,
    result: Type.Object({
      artifacts: Type.Array(StoredArtifact),
      note: Type.Union([Type.String(), Type.Null()]),
    }),
  },
} as const;

export type StepKind = keyof typeof shapes;
export type Intent<K extends StepKind> = Static<(typeof shapes)[K]['intent']>;
export type StepResult<K extends StepKind> = Static<(typeof shapes)[K]['result']>;

/** A step's name in the journal: its kind, and for runs the index. */
export type StepName = 'plan' | 'prepare' | 'artifacts' | `run:${number}`;

export function kindOf(step: string): StepKind | null {
  if (step.startsWith('run:')) return 'run';
  return step in shapes ? (step as StepKind) : null;
}

function read<S extends TSchema>(schema: S, entry: JournalEntry | undefined): Static<S> | null {
  if (entry === undefined) return null;
  if (Value.Check(schema, entry.data)) return entry.data;
  throw new FarmError('storage_failed', `Journal entry ${entry.seq} of ${entry.attemptId} can't be read`, {
    blame: 'farm',
  });
}

export interface AttemptJournal {
  entries(): readonly JournalEntry[];
  intent<K extends StepKind>(kind: K, step: StepName): Intent<K> | null;
  result<K extends StepKind>(kind: K, step: StepName): StepResult<K> | null;
  /** When the step's intent was stored; null before. */
  begunAt(step: StepName): number | null;
  /** Stores the intent, with all results before it, and resolves once that is done. */
  begin<K extends StepKind>(kind: K, step: StepName, data: Intent<K>): Promise<void>;
  /**
   * Notes the result. It is stored with the next intent or with the end of the attempt: every step is harmless to
   * do again under its intent, so a crash in between costs nothing, and a trivial build one transaction less.
   */
  finish<K extends StepKind>(kind: K, step: StepName, data: StepResult<K>): void;
  /** Results that are not stored yet; the caller stores them with the end of the attempt. */
  unstored(): readonly JournalEntry[];
}

export function createJournal(
  deps: { readonly append: (entries: readonly JournalEntry[]) => Promise<void>; readonly now: () => number },
  attemptId: string,
  stored: readonly JournalEntry[],
): AttemptJournal {
  const entries: JournalEntry[] = [...stored];
  let storedCount = stored.length;

  function find(step: StepName, phase: JournalEntry['phase']): JournalEntry | undefined {
    return entries.find((entry) => entry.step === step && entry.phase === phase);
  }
  function add(step: StepName, phase: JournalEntry['phase'], data: unknown): void {
    entries.push({ attemptId, seq: entries.length, step, phase, at: deps.now(), data });
  }

  return {
    entries: () => entries,
    intent: (kind, step) => read(shapes[kind].intent, find(step, 'intent')),
    result: (kind, step) => read(shapes[kind].result, find(step, 'result')),
    begunAt: (step) => find(step, 'intent')?.at ?? null,
    async begin(_kind, step, data) {
      if (find(step, 'intent') !== undefined) return;
      add(step, 'intent', data);
      const fresh = entries.slice(storedCount);
      await deps.append(fresh);
      storedCount = Math.max(storedCount, (fresh.at(-1)?.seq ?? -1) + 1);
    },
    finish: (_kind, step, data) => add(step, 'result', data),
    unstored: () => entries.slice(storedCount),
  };
}

/** The entries that the claim of an attempt stores with it. */
export function firstEntries(attemptId: string, at: number): readonly JournalEntry[] {
  return [{ attemptId, seq: 0, step: 'plan', phase: 'intent', at, data: {} }];
}

/** The plan that a journal holds, or why there is none, or null before planning. */
export function plannedIn(
  entries: readonly JournalEntry[],
): { readonly plan: Plan } | { readonly problems: readonly ConfigProblem[] } | null {
  const result = read(
    shapes.plan.result,
    entries.find((entry) => entry.step === 'plan' && entry.phase === 'result'),
  );
  if (result === null) return null;
  return result.outcome === 'planned' ? { plan: result.plan } : { problems: result.problems };
}
