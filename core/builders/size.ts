/** Amounts of bytes as people write them: "1GiB", "500MB", or bytes as a number. */

const unitBytes = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
} as const;
type Unit = keyof typeof unitBytes;

/** For editors; `parseSize` reads exactly what this matches, as long as the product is a safe integer. */
export const sizePattern = '^\\d{1,16}(B|[KMGT]i?B)$';

/** Bytes, or null for what is no size. */
export function parseSize(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (typeof value !== 'string' || !new RegExp(sizePattern).test(value)) return null;
  const [, count, unit] = /^(\d+)(\D+)$/.exec(value) ?? [];
  const bytes = Number(count) * unitBytes[unit as Unit];
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** The shortest text that `parseSize` reads as exactly `bytes`, an integer of at least 0: "1GiB", "1500B". */
export function formatSize(bytes: number): string {
  const units: readonly Unit[] = ['TiB', 'GiB', 'MiB', 'KiB'];
  const unit = units.find((name) => bytes >= unitBytes[name] && bytes % unitBytes[name] === 0) ?? 'B';
  return `${bytes / unitBytes[unit]}${unit}`;
}
