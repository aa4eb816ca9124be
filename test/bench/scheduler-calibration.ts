/** How honest the expected starts are: over random farms, how often the 80 % interval held and how far the median was off. */
import { type Answered, type FarmOptions, runFarm } from './scheduler-farm.ts';

export interface Calibration {
  readonly answers: number;
  /** Share of starts inside the interval, before it and after it. */
  readonly inside: number;
  readonly before: number;
  readonly after: number;
  /** Share of starts before the median. */
  readonly beforeMedian: number;
  /** Median of |likely − actual| / actual wait. */
  readonly medianError: number;
}

/** Predictable builds and sound machines; builds that vary and machines that break; work that comes all at once, then none. */
export const regimes: Readonly<Record<'steady' | 'rough' | 'bursts', Omit<FarmOptions, 'seed'>>> = {
  steady: { hours: 24, breakHours: null, deviation: [0.05, 0.2], burst: null, load: [0.6, 0.9] },
  rough: { hours: 24, breakHours: 12, deviation: [0.1, 0.5], burst: null, load: [0.5, 0.95] },
  bursts: { hours: 48, breakHours: null, deviation: [0.05, 0.2], burst: 40, load: [0.3, 0.5] },
};

/** Answers for tasks that started within a second are right in any case and would flatter the figures. */
const shortestWaitMs = 1000;

export function calibrationOf(answered: readonly Answered[]): Calibration {
  const counted = answered.filter((answer) => answer.startedAt - answer.askedAt >= shortestWaitMs);
  const share = (holds: (answer: Answered) => boolean): number =>
    counted.filter(holds).length / Math.max(1, counted.length);
  const errors = counted
    .map(
      (answer) => Math.abs(answer.expected.likely - answer.startedAt) / (answer.startedAt - answer.askedAt),
    )
    .sort((a, b) => a - b);
  return {
    answers: counted.length,
    inside: share(
      ({ expected, startedAt }) => expected.earliest <= startedAt && startedAt <= expected.latest,
    ),
    before: share(({ expected, startedAt }) => startedAt < expected.earliest),
    after: share(({ expected, startedAt }) => startedAt > expected.latest),
    beforeMedian: share(({ expected, startedAt }) => startedAt < expected.likely),
    medianError: errors[errors.length >> 1] ?? 0,
  };
}

export function calibrate(farms: number, options: Omit<FarmOptions, 'seed'>): readonly Answered[] {
  return Array.from({ length: farms }, (_, seed) => runFarm({ ...options, seed: seed + 1 }).answered).flat();
}
