/** Benchmark files of every shape, from a seed. */

export interface GeneratedCase {
  readonly seed: number;
  readonly files: readonly string[];
  /** Options of benchstat. */
  readonly options: readonly string[];
  readonly query: string;
}

export type Chance = () => number;

/** mulberry32 (Tommy Ettinger). */
export function chanceFrom(seed: number): Chance {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const units = [
  'ns/op',
  'B/op',
  'allocs/op',
  'MB/s',
  'widgets',
  'p99-ns',
  'heap-bytes',
  'x*MB/ns',
  'req/sec',
  'é/op',
] as const;
const configKeys = ['goos', 'goarch', 'pkg', 'cpu', 'note', 'commit'] as const;
const values = [
  'linux',
  'darwin',
  'amd64',
  'arm64',
  'a/b',
  'x y  z',
  '10',
  '9',
  '2k',
  'ünï',
  '"q"',
  'a,b',
] as const;
const names = [
  'Sort',
  'Sort/n=10',
  'Sort/n=2k',
  'Hash/alg=x',
  'Hash/alg=y/size=1Mi',
  'Zip/lvl=9/win=32',
  'Zip/fast',
  '/odd',
  'Ünit/k=ä',
  '',
] as const;

interface Shape {
  readonly units: readonly string[];
  readonly names: readonly string[];
  readonly samples: number;
  readonly kind: 'spread' | 'tied' | 'same' | 'wild';
  readonly missing: number;
}

export function generateCase(seed: number): GeneratedCase {
  const chance = chanceFrom(seed);
  const shape = shapeOf(chance);
  const fileCount = 1 + Math.floor(chance() * 3.5);
  const files = Array.from({ length: fileCount }, () => generateFile(chance, shape));
  return { seed, files, options: optionsOf(chance), query: pick(chance, queries) };
}

function shapeOf(chance: Chance): Shape {
  const kind = pick(chance, ['spread', 'spread', 'tied', 'same', 'wild'] as const);
  // Where the ties are lopsided and the sizes differ, upstream's p is wrong and ours is not: see the test of it.
  const samples =
    kind === 'spread' ? 1 + Math.floor(chance() * 14) : pick(chance, [1, 2, 4, 5, 6, 10, 20, 26]);
  return {
    kind,
    samples: chance() < 0.05 ? pick(chance, [31, 40, 51, 60]) : samples,
    units: some(chance, units, 4),
    names: some(chance, names, 6).map((name) =>
      chance() < 0.5 ? `${name}-${pick(chance, ['8', '16'])}` : name,
    ),
    missing: kind === 'spread' || chance() < 0.3 ? pick(chance, [0, 0, 0.1, 0.5]) : 0,
  };
}

function generateFile(chance: Chance, shape: Shape): string {
  const lines: string[] = [];
  const scale = pick(chance, [1, 1, 1.02, 1.3, 0.5]);
  const absent = new Set(shape.names.filter(() => chance() < shape.missing / 2));
  if (chance() < 0.6) lines.push('goos: linux', `pkg: ${pick(chance, ['a/b', 'c'])}`);
  if (chance() < 0.3) lines.push(unitLine(chance, shape.units));
  for (let sample = 0; sample < shape.samples; sample++) {
    if (chance() < 0.08) lines.push(configLine(chance));
    if (chance() < 0.08) lines.push(pick(chance, noise));
    for (const name of shape.names) {
      const dropped = shape.kind === 'spread' && chance() < shape.missing / 4;
      if (absent.has(name) || dropped) continue;
      const measured = shape.units.map((unit) => `${valueText(chance, shape.kind, unit, scale)} ${unit}`);
      lines.push(
        `Benchmark${name}${pick(chance, [' ', '\t', '   \t '])}${1 + Math.floor(chance() * 1e6)} ${measured.join(pick(chance, [' ', '\t ']))}`,
      );
    }
  }
  if (chance() < 0.2) lines.push(unitLine(chance, shape.units));
  return lines.join(pick(chance, ['\n', '\n', '\r\n'])) + (chance() < 0.8 ? '\n' : '');
}

function valueText(chance: Chance, kind: Shape['kind'], unit: string, scale: number): string {
  const isTidied = /ns|MB/.test(unit);
  if (kind === 'same') return '42';
  if (kind === 'tied') return String(3 + Math.floor(chance() * 4));
  if (kind === 'wild') {
    const wild = ['1e15', '1e-30', '-5', '7', '0.001', '123456789', '0x1p-3', '1_000', '3'];
    // What rewriting a unit does not change, upstream leaves in a table of its own: see the test of it.
    return pick(chance, isTidied ? wild : [...wild, '0', '0', 'Inf', '-Inf']);
  }
  return (1000 * scale * (1 + 0.1 * chance()) * 10 ** Math.floor(chance() * 0.02)).toFixed(9);
}

const noise = [
  'PASS',
  'ok  \tpkg\t1.2s',
  '',
  '# comment',
  'key:novalue',
  'Upper: x',
  'BenchmarkBroken 1',
  'BenchmarkBroken x 1 ns/op',
  'BenchmarkName',
  'BenchmarkName ',
  'BenchmarkBroken 1 2 ns/op 3',
  'BenchmarkBroken 1 1e999 ns/op',
  'Unit',
  'Unit x',
  'Unit x =y z',
  ' goos: no',
  'BenchmarkBroken 99999999999999999999 1 x',
] as const;

function configLine(chance: Chance): string {
  return `${pick(chance, configKeys)}: ${chance() < 0.2 ? '' : pick(chance, values)}`;
}

function unitLine(chance: Chance, of: readonly string[]): string {
  const fact = pick(chance, [
    'assume=exact',
    'better=higher',
    'better=lower',
    'assume=nothing',
    'assume=odd',
    'x=y assume=exact',
  ]);
  return `Unit ${pick(chance, of)} ${fact}`;
}

const queries = [
  '*',
  '-*',
  '.unit:ns/op',
  '.unit:(sec/op OR B/op)',
  '-.unit:MB/s',
  '.name:Sort',
  '/n:10 OR /alg:/x|y/',
  '.fullname:/Zip/ .unit:/op$/',
  'goos:linux (.unit:B/op OR .name:Hash)',
  'goos:"" OR pkg:a/b',
  '-(.name:Sort AND .unit:ns/op)',
  '/gomaxprocs:8',
  '.file:/./',
  'note:/[x-z ]+$/',
] as const;

function optionsOf(chance: Chance): readonly string[] {
  const options: string[] = [];
  function maybe(name: string, choices: readonly string[]): void {
    if (chance() < 0.3) options.push(name, pick(chance, choices));
  }
  maybe('-col', [
    '.file@alpha',
    'goos',
    '.name',
    '/n@num',
    '.file,goos',
    '/gomaxprocs',
    'goos,.file',
    '/alg@(x y)',
    '.config',
  ]);
  maybe('-row', [
    '.name',
    '.fullname@alpha',
    '.name,/n',
    'pkg,.fullname',
    '.name@(Sort Hash)',
    '.fullname@num',
    '',
  ]);
  maybe('-table', ['pkg', 'goos,pkg', '.config,.name', '', 'goos@alpha .config', '.config@alpha']);
  maybe('-ignore', ['goos', 'pkg,note', '/n,.file', '.config', '.fullname']);
  maybe('-filter', queries);
  maybe('-alpha', ['0', '1', '0.01', '0.5']);
  maybe('-confidence', ['0.99', '0.9', '0', '1', '0.9999']);
  return options;
}

function pick<T>(chance: Chance, from: readonly T[]): T {
  return from[Math.floor(chance() * from.length)] as T;
}

function some<T>(chance: Chance, from: readonly T[], most: number): readonly T[] {
  const count = 1 + Math.floor(chance() * most);
  const shuffled = from.map((value) => [chance(), value] as const).sort((a, b) => a[0] - b[0]);
  return shuffled.slice(0, count).map(([, value]) => value);
}
