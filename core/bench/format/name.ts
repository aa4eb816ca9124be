/** Names of benchmarks: `Sort/n=5/fast-16` is the base `Sort`, the parts `/n=5` and `/fast`, and GOMAXPROCS 16. */
export interface BenchName {
  /** What follows `Benchmark`. */
  readonly full: string;
  readonly base: string;
  /** Each with its slash; joined after the base and before the suffix they give the full name. */
  readonly parts: readonly string[];
  /** `-16`, or empty. */
  readonly suffix: string;
}

/**
 * A last part `-<digits>` is taken for GOMAXPROCS, as every tool of the format does; go test prints none for 1, so a positional part
 * that ends in a hyphen and digits can be misread.
 */
export function parseName(full: string): BenchName {
  const suffix = /-[0-9]+$/.exec(full)?.[0] ?? '';
  const rest = suffix === '' ? full : full.slice(0, -suffix.length);
  const slash = rest.indexOf('/');
  if (slash < 0) return { full, base: rest, parts: [], suffix };
  const parts = rest
    .slice(slash + 1)
    .split('/')
    .map((part) => `/${part}`);
  return { full, base: rest.slice(0, slash), parts, suffix };
}

/** The value of the first part `/key=value`; `key` without its slash. Of `gomaxprocs` the suffix counts first. */
export function namedPart(name: BenchName, key: string): string {
  if (key === 'gomaxprocs' && name.suffix !== '') return name.suffix.slice(1);
  const start = `/${key}=`;
  return name.parts.find((part) => part.startsWith(start))?.slice(start.length) ?? '';
}
