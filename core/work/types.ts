import type { Build } from '../builds/types.ts';

export interface BuildRequest {
  readonly repo: string;
  /** A hash, a prefix of one, a branch or a tag. */
  readonly commit: string;
  readonly builder: string;
  readonly requestedBy: string;
}

/** What the work capability offers. */
export interface Work {
  /** Stores a build that somebody asks for; the same again is another. Rejects with `invalid_input` or `not_found`, naming the field. */
  request(request: BuildRequest): Promise<Build>;
  /** The same commit with the same builder once more, as configured now. */
  retry(build: Build, requestedBy: string): Promise<Build>;
  /** Makes up for whatever a crash left between finding commits and wanting their builds, and follows new commits from now on. */
  start(): Promise<void>;
}
