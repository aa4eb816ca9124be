/** Every limit of the protocol in one place; each is tested at the limit and one past it. */
export const limits = {
  /** Largest frame, header included. */
  frameBytes: 1024 * 1024,
  /** Largest JSON control message. */
  messageBytes: 512 * 1024,
  /** Bytes that a sender may have on one stream before the receiver grants more. */
  streamWindowBytes: 1024 * 1024,
  /** Largest payload that a well-behaved sender puts into one data frame. */
  dataFrameBytes: 128 * 1024,
  /** Streams open at once on one connection. */
  openStreams: 1024,
  /** Calls under way at once in one direction. */
  openCalls: 4096,
  /** Answers, credit and heartbeats that may wait for a peer which has stopped reading, before it is given up. */
  controlBacklogBytes: 8 * 1024 * 1024,
  /** Frames that may come between the handshake and the session that takes the connection over. */
  heldBytes: 4 * 1024 * 1024,
  /** A path inside a work folder. */
  pathBytes: 4096,
  /** Environment of one run, names and values together. */
  environmentBytes: 256 * 1024,
  /** One shell script or argument list. */
  commandBytes: 256 * 1024,
  /** Entries of one archive. */
  archiveEntries: 2_000_000,
  /** Bytes of one archive after unpacking. */
  archiveBytes: 64 * 1024 ** 3,
  /** Entries of one directory listing; the rest is announced as cut. */
  listEntries: 2_000,
  /** Slots of one agent. */
  slots: 256,
  /** Runs and leases that an agent reports when it dials. */
  reportedRuns: 4096,
} as const;

/** Heartbeats: both sides send a ping each interval and give the peer up after three silent ones. */
export const heartbeat = { intervalMs: 5_000, missedBeforeDead: 3 } as const;
