const dayMs = 86_400_000;

/** UTC days since 1970. */
export function dayOf(at: number): number {
  return Math.floor(at / dayMs);
}

/** The first moment of a day. */
export function startOfDay(day: number): number {
  return day * dayMs;
}
