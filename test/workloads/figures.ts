/** What a run of the workloads told, as data and as Markdown. Pure. */
import type { Attempt, BuildDetail } from '../../edge/api/model.ts';

export interface BuildFigures {
  readonly id: string;
  readonly builder: string;
  /** Commit's subject: a version, for all but Croft's own history. */
  readonly subject: string;
  readonly commit: string;
  readonly state: string;
  /** Whether the workload's table says something else. */
  readonly surprise: string | null;
  readonly waitMs: number;
  readonly runMs: number;
  readonly attempts: number;
  readonly steps: readonly { readonly title: string; readonly state: string; readonly ms: number }[];
  readonly logLines: number;
  readonly logBytes: number;
  /** What the page says of the failure. */
  readonly message: string | null;
}

export interface RepositoryFigures {
  readonly name: string;
  /** Builds that its commits and builders ask for. */
  readonly wanted: number;
  readonly commits: number;
  /** Newest commit first; of one commit, in the order of the builders. */
  readonly builds: readonly BuildFigures[];
}

export interface RunFigures {
  readonly machine: string;
  readonly slots: number;
  readonly startedAt: string;
  /** From the first agent connected to the last verdict. */
  readonly wallMs: number;
  readonly firstVerdictMs: number | null;
  readonly loadAtStart: number;
  readonly loadAtEnd: number;
  readonly repositories: readonly RepositoryFigures[];
}

export function buildFigures(build: BuildDetail, expectedState: string | null): BuildFigures {
  const started = build.startedAt ?? build.endedAt ?? build.createdAt;
  const last: Attempt | undefined = build.attemptList.at(-1);
  return {
    id: build.id,
    builder: build.builder,
    subject: build.commitDetail?.subject ?? '',
    commit: build.commit.slice(0, 10),
    state: build.state,
    surprise: expectedState === null || expectedState === build.state ? null : `should be ${expectedState}`,
    waitMs: Date.parse(started) - Date.parse(build.createdAt),
    runMs: Date.parse(build.endedAt ?? started) - Date.parse(started),
    attempts: build.attempts,
    steps: (last?.spans ?? [])
      .filter((span) => span.step === 'prepare' || span.step.startsWith('run:'))
      .map((span) => ({
        title: span.title,
        state: span.state,
        ms: Date.parse(span.endedAt ?? span.startedAt) - Date.parse(span.startedAt),
      })),
    logLines: last?.log.lines ?? 0,
    logBytes: last?.log.bytes ?? 0,
    message: build.message,
  };
}

export function inMarkdown(run: RunFigures): string {
  return [
    `# Real workloads, ${run.startedAt}`,
    '',
    `${run.machine}, one agent with ${run.slots} slots; load ${run.loadAtStart.toFixed(1)} at the start, ${run.loadAtEnd.toFixed(1)} at the end.`,
    `First verdict after ${run.firstVerdictMs === null ? 'never' : seconds(run.firstVerdictMs)}, all after ${seconds(run.wallMs)}.`,
    '',
    ...summaryTable(run.repositories),
    ...run.repositories.flatMap(repositoryTable),
  ].join('\n');
}

function summaryTable(repositories: readonly RepositoryFigures[]): readonly string[] {
  const rows = repositories.map(({ name, commits, builds }) => {
    const count = (state: string) => builds.filter((build) => build.state === state).length;
    const other = builds.length - count('passed') - count('failed');
    const runs = builds.map((build) => build.runMs);
    return [
      name,
      commits,
      builds.length,
      count('passed'),
      count('failed'),
      other,
      builds.filter((build) => build.attempts > 1).length,
      seconds(median(runs)),
      seconds(Math.max(0, ...runs)),
      seconds(median(builds.map((build) => build.waitMs))),
      builds.reduce((sum, build) => sum + build.logLines, 0),
    ];
  });
  return table(
    [
      ...['repository', 'commits', 'builds', 'green', 'red', 'other', 'with more than one attempt'],
      ...['run p50', 'run max', 'wait p50', 'log lines'],
    ],
    rows,
  );
}

function repositoryTable({ name, builds }: RepositoryFigures): readonly string[] {
  const rows = builds.map((build) => [
    build.commit,
    build.subject,
    build.builder,
    build.surprise === null ? build.state : `**${build.state}, ${build.surprise}**`,
    seconds(build.waitMs),
    seconds(build.runMs),
    build.attempts,
    build.steps.map((step) => `${step.title}: ${seconds(step.ms)}`).join('; '),
    build.logLines,
    build.state === 'passed' ? '' : (build.message ?? ''),
  ]);
  const columns = [
    'commit',
    'subject',
    'builder',
    'verdict',
    'wait',
    'run',
    'attempts',
    'steps',
    'log lines',
    '',
  ];
  return ['', `## ${name}`, '', ...table(columns, rows)];
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`;
  return ms < 600_000 ? `${(ms / 1000).toFixed(0)} s` : `${(ms / 60_000).toFixed(1)} min`;
}
