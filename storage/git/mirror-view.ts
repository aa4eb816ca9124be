import type { ObjectReader } from './object-reader.ts';

/** One mirror, as the readers see it. */
export interface MirrorView {
  readonly repo: string;
  readonly gitDir: string;
  readonly objects: ObjectReader;
}
