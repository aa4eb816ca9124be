/** Stored bytes that are gone on purpose, and why; whoever showed them says so instead. */
export interface Removal {
  readonly at: number;
  /** The rule, in words: "logs older than 90d". */
  readonly policy: string;
}

/** One sentence for people; `what` begins it: "The log". */
export function removalText(what: string, { at, policy }: Removal): string {
  return `${what} was removed by retention on ${new Date(at).toISOString().slice(0, 10)}: ${policy}`;
}
