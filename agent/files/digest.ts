import { createHash } from 'node:crypto';

/** Counts and hashes bytes as they pass. */
export interface Meter {
  add(bytes: Uint8Array): void;
  readonly bytes: number;
  /** `sha256:` and 64 hex digits; ends the meter. */
  digest(): string;
}

export function createMeter(): Meter {
  const hash = createHash('sha256');
  let total = 0;
  return {
    add(bytes) {
      hash.update(bytes);
      total += bytes.length;
    },
    get bytes() {
      return total;
    },
    digest: () => `sha256:${hash.digest('hex')}`,
  };
}
