/** What a benchmark found, and how it is shown: a table with ratios, Markdown and JSON. */
import { cpus, loadavg, totalmem } from 'node:os';

export const systemNames = ['Croft', 'Buildbot', 'upstream'] as const;
export type SystemName = (typeof systemNames)[number];

export interface Figure {
  /** What was measured, for people. */
  readonly name: string;
  readonly unit: 'ms' | 's' | '/s' | 'MB/s' | 'MB' | '% of a core' | 'of 8';
  readonly better: 'lower' | 'higher';
  /** What Croft wants to reach, in the unit; null: nothing in particular. */
  readonly aim: number | null;
  readonly values: Partial<Record<SystemName, number>>;
  /** What a reader has to know to compare. */
  readonly note?: string;
}

export interface Surroundings {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly startedAt: string;
  /** Load averages of the last minute, before and after. */
  readonly load: readonly [number, number];
  readonly minutes: number;
  readonly versions: Readonly<Record<string, string>>;
}

export interface BenchReport {
  readonly surroundings: Surroundings;
  readonly figures: readonly Figure[];
  /** Peers that were not measured, and why. */
  readonly missing: readonly string[];
}

/** Called at the end of what it describes. */
export function surroundings(
  started: { readonly at: Date; readonly load: number },
  versions: Readonly<Record<string, string>>,
): Surroundings {
  return {
    processor: cpus()[0]?.model ?? 'a processor',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    startedAt: started.at.toISOString(),
    load: [round(started.load), round(loadavg()[0] ?? 0)],
    minutes: round((Date.now() - started.at.getTime()) / 60_000),
    versions,
  };
}

/** The sample at a quantile of all: the nearest rank, so always one that was measured. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** How many times better Croft is; under 1: worse. Null without both. */
export function ratio(figure: Figure, peer: Exclude<SystemName, 'Croft'>): number | null {
  const [own, other] = [figure.values.Croft, figure.values[peer]];
  if (own === undefined || other === undefined || own === 0 || other === 0) return null;
  return figure.better === 'lower' ? other / own : own / other;
}

export function meetsAim({ aim, better, values }: Figure): boolean | null {
  if (aim === null || values.Croft === undefined) return null;
  return better === 'lower' ? values.Croft <= aim : values.Croft >= aim;
}

export function markdown({ surroundings: where, figures, missing }: BenchReport): string {
  const notes = [...new Set(figures.flatMap(({ note }) => note ?? []))];
  return [
    `${where.startedAt}, ${where.minutes} minutes, on ${where.cores} × ${where.processor}, ${where.memoryGb} GB; load ${where.load[0]} before and ${where.load[1]} after.`,
    Object.entries(where.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    ...missing.map((text) => `**Not measured:** ${text}`),
    '',
    '| figure | Croft | aim | Buildbot | ratio | upstream | ratio |',
    '|---|---|---|---|---|---|---|',
    ...figures.map((figure) => row(figure, notes)),
    '',
    ...notes.map((note, index) => `${index + 1}. ${note}`),
    '',
    'A ratio says how many times better Croft is. "upstream" is the coordinator of golang.org/x/build in dev mode with its buildlet.',
  ].join('\n');
}

function row(figure: Figure, notes: readonly string[]): string {
  const { name, unit, values, note, aim } = figure;
  const mark = note === undefined ? '' : ` [${notes.indexOf(note) + 1}]`;
  const value = (of: SystemName) => (values[of] === undefined ? '' : shown(values[of], unit));
  const times = (of: 'Buildbot' | 'upstream') => {
    const found = ratio(figure, of);
    return found === null ? '' : `${number(found)}×`;
  };
  const met = { true: ' ✓', false: ' ✗' }[String(meetsAim(figure))] ?? '';
  const cells = [
    `${name}${mark}`,
    value('Croft'),
    aim === null ? '' : `${figure.better === 'lower' ? '≤' : '≥'} ${shown(aim, unit)}${met}`,
    value('Buildbot'),
    times('Buildbot'),
    value('upstream'),
    times('upstream'),
  ];
  return `| ${cells.join(' | ')} |`;
}

function shown(value: number, unit: Figure['unit']): string {
  return unit === '/s' ? `${number(value)}/s` : `${number(value)} ${unit}`;
}

function number(value: number): string {
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 1 ? 1 : 2);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
