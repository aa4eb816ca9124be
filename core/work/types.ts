import type { Build } from '../builds/types.ts';

/** What the work capability offers to the rest of core and to edge. */
export interface Work {
  /** Makes up for what a crash left undone, and from then on follows new commits and changes of the configuration. */
  start(): Promise<void>;
  /** Follows nothing any more. */
  stop(): void;
  /**
   * A build that somebody asks for; the same three again make a new one. Rejects with `invalid_input` or, for a
   * commit that nobody has, `not_found`, naming the field.
   */
  request(op: {
    readonly repo: string;
    /** A branch, a tag, or a hash that may be abbreviated. */
    readonly commit: string;
    readonly builder: string;
    readonly requestedBy: string;
  }): Promise<Build>;
  /** The same again, as a new build. Rejects with `conflict` while it is unfinished, and when its builder is gone. */
  retry(build: Build, by: string): Promise<Build>;
}
