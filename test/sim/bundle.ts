/**
 * Makes one file of the product and the bottle around it, in which the product's modules get the bottle's disks, processes and
 * database where they ask for node's. So it is the product's own code that runs, unchanged, and what it stands on that is simulated.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sim = import.meta.dir;

/** Modules that the product asks for, and what it gets. Built-in ones never reach a plugin's resolver, so their names are replaced. */
const standIns: Readonly<Record<string, string>> = {
  'node:fs': 'disk/node-fs.ts',
  'node:fs/promises': 'disk/node-fs-promises.ts',
  'node:os': 'machine/node-os.ts',
  'node:zlib': 'machine/node-zlib.ts',
  'bun:sqlite': 'machine/bun-sqlite.ts',
  './link/dial.ts': 'machine/dial.ts',
  '../platform/signals.ts': 'machine/signals.ts',
  '../platform/process-table.ts': 'machine/process-table.ts',
  './platform/process-table.ts': 'machine/process-table.ts',
};

/** Constants of the product that only cost turns in the bottle; each is a rate of looking, never of waiting. */
const rates: readonly Rate[] = [
  // Ids of processes do not wrap here, so that nobody has to look ten times a second how far they came.
  { file: /agent\/leases\/leases\.ts$/, from: 'const pidLookMs = 100;', to: 'const pidLookMs = 60_000;' },
  { file: /agent\/leases\/pid-clock\.ts$/, from: 'const fastestPerMs = 100;', to: 'const fastestPerMs = 1;' },
];

interface Rate {
  readonly file: RegExp;
  readonly from: string;
  readonly to: string;
}

/**
 * For long days in which little happens: how often peers and parts look at each other, which is nine in ten of all turns then. What
 * follows from a look, and after how many of them, stays the product's own.
 */
function quietRates(heartbeatMs: number): readonly Rate[] {
  return [
    { file: /agent\/wire\/limits\.ts$/, from: 'intervalMs: 5_000', to: `intervalMs: ${heartbeatMs}` },
    {
      file: /agent\/agent\.ts$/,
      from: 'const statusEveryMs = 30_000;',
      to: 'const statusEveryMs = 300_000;',
    },
    {
      file: /core\/coordinator\.ts$/,
      from: 'const configPollMs = 1_000;',
      to: 'const configPollMs = 15_000;',
    },
    {
      file: /core\/health\/service\.ts$/,
      from: 'const usualLookMs = 10_000;',
      to: 'const usualLookMs = 120_000;',
    },
  ];
}

export interface BundleOptions {
  /** Root of the project whose product goes into the bottle. */
  readonly root?: string;
  readonly entry: string;
  /** Milliseconds between heartbeats, for long quiet days; null: the product's own. */
  readonly heartbeatMs?: number | null;
}

/** Answers the path of the bundle, in a folder of its own below the system's for temporary files. */
export async function bundle(options: BundleOptions): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'croft-bottle-'));
  const result = await Bun.build({
    entrypoints: [join(options.root === undefined ? sim : join(options.root, 'test/sim'), options.entry)],
    outdir,
    target: 'bun',
    sourcemap: 'inline',
    plugins: [plugin(options)],
  });
  const [output] = result.outputs;
  if (!result.success || output === undefined)
    throw new AggregateError(result.logs, 'The bottle could not be bundled');
  return output.path;
}

function plugin(options: BundleOptions): Bun.BunPlugin {
  const folder = options.root === undefined ? sim : join(options.root, 'test/sim');
  const quiet = options.heartbeatMs == null ? [] : quietRates(options.heartbeatMs);
  return {
    name: 'bottle',
    setup(build) {
      build.onLoad({ filter: /\/(?:agent|core|storage)\/[\w/-]+\.ts$/ }, ({ path }) => {
        let text = readFileSync(path, 'utf8');
        if (path.includes('/node_modules/')) return { contents: text, loader: 'ts' };
        for (const { file, from, to } of [...rates, ...quiet]) {
          // One that is called otherwise by now costs turns, and nothing else.
          if (file.test(path)) text = text.replace(from, to);
        }
        return { contents: withStandIns(text, folder), loader: 'ts' };
      });
    },
  };
}

function withStandIns(text: string, folder: string): string {
  return text.replace(/(\bfrom )'([^']+)'/g, (whole, from: string, name: string) => {
    const standIn = Object.hasOwn(standIns, name) ? standIns[name] : undefined;
    return standIn === undefined ? whole : `${from}'${join(folder, standIn)}'`;
  });
}
