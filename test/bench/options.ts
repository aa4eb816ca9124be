/** The command line of the benchmark. */
import { parseArgs } from 'node:util';

export const measurements = [
  'latency',
  'builds',
  'logs',
  'memory',
  'kill',
  'waiting',
  'agents-1000',
  'agents-10000',
  'scheduler',
] as const;
export type Measurement = (typeof measurements)[number];

export interface BenchOptions {
  readonly help: boolean;
  /** Installs the peers that are not there. */
  readonly install: boolean;
  /** Without: Croft alone. */
  readonly peers: boolean;
  readonly only: ReadonlySet<Measurement>;
  /** Where `bench.md` and `bench.json` go; null: nowhere. */
  readonly out: string | null;
  readonly scale: Scale;
}

/** How much of everything; the same for all systems where a slow one gets through it. */
export interface Scale {
  readonly rounds: number;
  readonly latencySamples: number;
  readonly slowLatencySamples: number;
  readonly builds: number;
  readonly slowBuilds: number;
  readonly waiting: number;
  readonly logBytes: number;
  readonly slowLogBytes: number;
  readonly agents: readonly [number, number];
  readonly restMs: number;
}

const full: Scale = {
  rounds: 3,
  latencySamples: 100,
  slowLatencySamples: 20,
  builds: 600,
  slowBuilds: 50,
  waiting: 5_000,
  logBytes: 400_000_000,
  slowLogBytes: 20_000_000,
  agents: [1_000, 10_000],
  restMs: 10_000,
};

/** Shows that everything runs; its figures mean nothing. */
const tiny: Scale = {
  rounds: 1,
  latencySamples: 3,
  slowLatencySamples: 2,
  builds: 10,
  slowBuilds: 4,
  waiting: 20,
  logBytes: 1_000_000,
  slowLogBytes: 100_000,
  agents: [5, 10],
  restMs: 200,
};

export const benchHelp = `Usage: npm run bench -- [options]

Does the same work on Croft, on Buildbot and on upstream's coordinator on this machine, in turns, and prints a table
with ratios. A peer that is not installed is named and left out. Takes about 12 minutes; run it alone on a quiet machine.

Options:
  --peers        install the peers first: Buildbot from PyPI (python3), upstream's coordinator with go, into
                 ~/.cache/croft-bench (or CROFT_PEERS_DIR)
  --alone        Croft without peers
  --only NAME    one measurement; can be given again: ${measurements.join(', ')}
  --out DIR      also write DIR/bench.md and DIR/bench.json
  --tiny         a few of everything, to see that it runs
  --help

Examples:
  npm run bench -- --peers --out out
  npm run bench -- --alone --only latency --only builds
  npm run bench -- --only agents-10000
`;

/** Throws with the option and what to give for it. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: 'boolean' },
      alone: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      out: { type: 'string' },
      tiny: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const names = (values.only ?? measurements).map((name) => {
    const known = measurements.find((measurement) => measurement === name);
    if (known === undefined) throw new Error(`--only: "${name}" is none of ${measurements.join(', ')}`);
    return known;
  });
  return {
    help: values.help === true,
    install: values.peers === true,
    peers: values.alone !== true,
    only: new Set(names),
    out: values.out ?? null,
    scale: values.tiny === true ? tiny : full,
  };
}
