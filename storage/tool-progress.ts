/** How far the work on a data folder is, for a person who waits. */
export interface ToolProgress {
  readonly doing: string;
  readonly files: number;
  readonly bytes: number;
}
