/** Which of the kept things go, decided without touching any. */
import { formatDuration, formatSize, type KeepRule } from '../builders/index.ts';
import type { KeptItem, KeptKind } from './types.ts';

/** What was made just now is never removed, however small the room: its build may not have been looked at. */
export const untouchedMs = 3_600_000;

export interface Chosen {
  readonly item: KeptItem;
  readonly policy: string;
}

/** True when nothing is limited. */
export function keepsAll({ ageMs, bytes }: KeepRule): boolean {
  return ageMs === null && bytes === null;
}

/**
 * Goes through the items oldest first, and ends at the first that stays: all after it are younger. `totalBytes` is of all items
 * together; what is chosen counts as gone.
 */
export async function* choose(
  items: AsyncIterable<KeptItem>,
  given: {
    readonly kind: KeptKind;
    readonly rule: KeepRule;
    readonly totalBytes: number;
    readonly now: number;
  },
): AsyncGenerator<Chosen> {
  const { kind, rule, now } = given;
  let left = given.totalBytes;
  for await (const item of items) {
    const age = now - item.at;
    const policy = age < untouchedMs ? null : policyFor(kind, rule, { age, left });
    if (policy === null) return;
    left -= item.bytes;
    yield { item, policy };
  }
}

function policyFor(
  kind: KeptKind,
  { ageMs, bytes }: KeepRule,
  { age, left }: { readonly age: number; readonly left: number },
): string | null {
  if (ageMs !== null && age > ageMs) return `${kind} older than ${formatDuration(ageMs)}`;
  if (bytes !== null && left > bytes) return `${kind} over ${formatSize(bytes)} in all`;
  return null;
}
