/** How the program ends; `--help` prints them. Scripts and service managers rely on the numbers. */
export const exitCodes = {
  /** Stopped on request, and nothing was running. */
  stopped: 0,
  /** A defect, or the machine refuses something that the agent cannot do without. */
  failed: 1,
  /** The command line or a variable is wrong. */
  usage: 2,
  /** The coordinator refuses this machine; starting again changes nothing. */
  refused: 3,
  /** Another agent works in the folder. */
  locked: 4,
  /** Stopped on request, and runs were stopped with it. */
  stoppedRuns: 5,
} as const;
