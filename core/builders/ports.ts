/** Where the farm's configuration comes from. */
export interface ConfigFile {
  /** The parsed content, unchecked, and a token that changes when the file does; null when there is no file. */
  read(): Promise<{ readonly file: string; readonly content: unknown; readonly revision: string } | null>;
  /** Cheap: the token alone, for polling. */
  revision(): Promise<string | null>;
}

/** What planning reads of a commit. */
export interface CommitFiles {
  /** Names at the root; folders end in `/`. */
  listRoot(): Promise<readonly string[]>;
  /** The content, cut at `maxBytes`; null when there is no such file (a link is none). */
  read(path: string, maxBytes: number): Promise<{ readonly text: string; readonly cut: boolean } | null>;
}
