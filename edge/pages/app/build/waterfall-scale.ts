/** Where the steps of an attempt stand on its time line, in percent of it. */
import type { Span } from '../../../api/model.ts';

export interface Bar {
  readonly leftPercent: number;
  readonly widthPercent: number;
  readonly ms: number;
}

/** Bars keep a width that can be seen, also for a step of a millisecond in a build of an hour. */
const leastPercent = 0.6;

export function barsOf(spans: readonly Span[], startMs: number, endMs: number): readonly Bar[] {
  const whole = Math.max(1, endMs - startMs);
  return spans.map((span) => {
    const from = Math.max(startMs, Date.parse(span.startedAt));
    const to = span.endedAt === null ? endMs : Date.parse(span.endedAt);
    const ms = Math.max(0, to - from);
    const leftPercent = Math.min(100 - leastPercent, ((from - startMs) / whole) * 100);
    return {
      leftPercent,
      widthPercent: Math.min(100 - leftPercent, Math.max(leastPercent, (ms / whole) * 100)),
      ms,
    };
  });
}
