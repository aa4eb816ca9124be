/** Every limit of logs in one place; each is tested at the limit and past it. */
export const logLimits = {
  /** Offsets of the line index, and raw size of a chunk of the sealed form: one stride for both, so that they share the index. */
  blockBytes: 256 * 1024,
  /** A line's text is cut here, at a character; a search sees the same. */
  lineBytes: 16 * 1024,
  /** One window of lines. */
  windowLines: 10_000,
  /** Text of one window, or of one page of matches: it then has fewer lines than were asked for. */
  windowBytes: 4 * 1024 * 1024,
  /** Matches of one page. */
  matches: 1_000,
  /** Characters of a query. */
  queryChars: 1_000,
  /** Times kept of one log; past it they get coarser. */
  marks: 32_768,
  /** Likely error lines kept of one log, and how much of each. */
  problems: 100,
  problemChars: 1024,
  /** A sealed form up to this stands in the database. */
  inlineBytes: 64 * 1024,
} as const;
