/** The files of a run in the folder `runs`: `ID.record`, `ID.out-000000` …, `ID.times`, `ID.script`. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSegments, type Extent, extentOf, type Segments } from './segments.ts';
import { createTimeMarks, type TimeMarks } from './time-marks.ts';

/** One output file holds this much; only whole files are dropped when room is needed. */
export const segmentBytes = 4 * 1024 * 1024;

export interface RunFiles {
  readonly record: string;
  segments(size?: number, found?: Extent): Segments;
  writeScript(text: string): string;
  saveTimes(marks: TimeMarks): void;
  loadTimes(startedAt: number): TimeMarks;
  /** All but the output, which the spool removes. */
  remove(): void;
}

export function runFiles(folder: string, runId: string): RunFiles {
  const prefix = join(folder, runId);
  const others = { record: `${prefix}.record`, times: `${prefix}.times`, script: `${prefix}.script` };
  const written = new Set<string>([others.record]);
  return {
    record: others.record,
    segments: (size = segmentBytes, found) => createSegments(prefix, size, found),
    writeScript(text) {
      written.add(others.script);
      writeFileSync(others.script, text, { mode: 0o600 });
      return others.script;
    },
    saveTimes(marks) {
      written.add(others.times);
      writeFileSync(others.times, marks.toBytes(), { mode: 0o600 });
    },
    loadTimes(startedAt) {
      written.add(others.times);
      written.add(others.script);
      return createTimeMarks(startedAt, readIfThere(others.times));
    },
    remove() {
      for (const path of written) rmSync(path, { force: true });
    },
  };
}

export interface FoundRun {
  readonly runId: string;
  readonly hasRecord: boolean;
  /** Numbers of its output files. */
  readonly outputs: readonly number[];
}

/** What an earlier agent left. Every file belongs to one run; files that are none of ours are passed over. */
export function findRuns(folder: string): readonly FoundRun[] {
  const found = new Map<string, { hasRecord: boolean; outputs: number[] }>();
  for (const name of readdirSync(folder)) {
    const [, runId, kind, index] = /^(.+)\.(record|times|script|out)(?:-(\d{6}))?$/.exec(name) ?? [];
    if (runId === undefined) continue;
    const run = found.get(runId) ?? { hasRecord: false, outputs: [] };
    found.set(runId, run);
    if (kind === 'record') run.hasRecord = true;
    if (kind === 'out' && index !== undefined) run.outputs.push(Number(index));
  }
  return [...found].map(([runId, run]) => ({ runId, ...run }));
}

/** Removes everything of a run whose record says nothing. */
export function removeFoundRun(folder: string, { runId, outputs }: FoundRun): void {
  const prefix = join(folder, runId);
  for (const kind of ['record', 'times', 'script']) rmSync(`${prefix}.${kind}`, { force: true });
  for (const index of outputs) rmSync(`${prefix}.out-${String(index).padStart(6, '0')}`, { force: true });
}

export function foundExtent(folder: string, run: FoundRun, size: number): Extent {
  return extentOf(join(folder, run.runId), size, run.outputs);
}

function readIfThere(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    // An agent that was killed saved no times; the start of the run stands for them.
    return new Uint8Array(0);
  }
}
