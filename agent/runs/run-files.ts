/** The files of a run in the folder `runs`: `ID.record`, `ID.out-000000` …, `ID.script`. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecord, type RecordFile, type StartRecord } from './record.ts';
import { createSegments, type Extent, extentOf, type Segments } from './segments.ts';
import type { SpareFiles } from './spare-files.ts';

/** One output file holds this much; only whole files are dropped when room is needed. */
export const segmentBytes = 4 * 1024 * 1024;

export interface RunFiles {
  createRecord(start: StartRecord): RecordFile;
  segments(size?: number, found?: Extent): Segments;
  writeScript(text: string): string;
  /** All but the output, which the spool removes. */
  remove(): void;
}

export function recordPath(folder: string, runId: string): string {
  return join(folder, `${runId}.record`);
}

export function runFiles(folder: string, runId: string, spare: SpareFiles): RunFiles {
  const prefix = join(folder, runId);
  const record = recordPath(folder, runId);
  const script = `${prefix}.script`;
  let hasScript = false;
  return {
    createRecord(start) {
      spare.place(record);
      return createRecord(record, start);
    },
    segments: (size = segmentBytes, found) => createSegments(prefix, size, { found, spare }),
    writeScript(text) {
      hasScript = true;
      writeFileSync(script, text, { mode: 0o600 });
      return script;
    },
    remove() {
      if (existsSync(record)) spare.retire(record);
      if (hasScript) rmSync(script, { force: true });
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
    const [, runId, kind, index] = /^(.+)\.(record|script|out)(?:-(\d{6}))?$/.exec(name) ?? [];
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
  for (const kind of ['record', 'script']) rmSync(`${prefix}.${kind}`, { force: true });
  for (const index of outputs) rmSync(`${prefix}.out-${String(index).padStart(6, '0')}`, { force: true });
}

export function foundExtent(folder: string, run: FoundRun, size: number): Extent {
  return extentOf(join(folder, run.runId), size, run.outputs);
}
