/** Durations as people write them in a configuration: "90s", "1h30m", or milliseconds as a number. */

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

/** For editors; `parseDuration` reads exactly what this matches, as long as the sum is a safe integer. */
export const durationPattern = '^(\\d{1,15}(ms|s|m|h|d))+$';

/** Milliseconds, or null for what is no duration: a negative or fractional number, a text without a unit. */
export function parseDuration(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (typeof value !== 'string' || value.length > 64 || !new RegExp(durationPattern).test(value)) return null;
  let total = 0;
  for (const [, count, unit] of value.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    total += Number(count) * unitMs[unit as Unit];
  }
  return Number.isSafeInteger(total) ? total : null;
}

/** The shortest text that `parseDuration` reads as `ms`: "1h30m". `ms` is an integer of at least 0. */
export function formatDuration(ms: number): string {
  let left = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(left / unitMs[unit]);
    if (count === 0) continue;
    text += `${count}${unit}`;
    left -= count * unitMs[unit];
  }
  return text === '' ? '0ms' : text;
}
