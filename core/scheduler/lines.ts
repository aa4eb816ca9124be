/** What is known along the history of each builder on each branch: verdicts at places, and places that are being built. */
import { firstIndex } from './sorted.ts';
import type { Line, Task } from './types.ts';

export interface LineRecord {
  /** Places with a verdict, oldest first, and the verdicts beside them. */
  readonly known: number[];
  readonly passed: boolean[];
  /** Places where a build runs, oldest first; one place may be there twice. */
  readonly building: number[];
  /** Told the place where something changed. */
  readonly listeners: Set<(position: number) => void>;
}

/** A verdict's neighbours; infinite where there is no verdict on that side. */
export interface KnownNeighbours {
  readonly below: number;
  readonly above: number;
}

export interface Lines {
  of(line: Line): LineRecord;
  verdict(line: Line, position: number, passed: boolean): void;
  /** A build of the task's place began or ended; tasks without a place are ignored. */
  building(task: Task, runs: boolean): void;
}

export function lineOf(task: Task): Line | null {
  return task.place === null ? null : { repo: task.repo, branch: task.place.branch, builder: task.builder };
}

export function createLines(): Lines {
  const records = new Map<string, LineRecord>();
  function of(line: Line): LineRecord {
    const key = JSON.stringify([line.repo, line.branch, line.builder]);
    const record = records.get(key) ?? { known: [], passed: [], building: [], listeners: new Set() };
    records.set(key, record);
    return record;
  }
  return {
    of,
    verdict(line, position, passed) {
      const record = of(line);
      const index = firstAtOrAbove(record.known, position);
      const isNew = record.known[index] !== position;
      if (isNew) record.known.splice(index, 0, position);
      record.passed.splice(index, isNew ? 0 : 1, passed);
      for (const tell of record.listeners) tell(position);
    },
    building(task, runs) {
      const line = lineOf(task);
      if (line === null || task.place === null) return;
      const record = of(line);
      const index = firstAtOrAbove(record.building, task.place.position);
      if (runs) record.building.splice(index, 0, task.place.position);
      else if (record.building[index] === task.place.position) record.building.splice(index, 1);
      for (const tell of record.listeners) tell(task.place.position);
    },
  };
}

export function firstAtOrAbove(positions: readonly number[], position: number): number {
  return firstIndex(positions, (other) => other >= position);
}

/** Whether a verdict exists for the place or will soon. */
export function isSettled(line: LineRecord, position: number): boolean {
  return (
    line.known[firstAtOrAbove(line.known, position)] === position ||
    line.building[firstAtOrAbove(line.building, position)] === position
  );
}

/** The nearest verdicts strictly below and above a place. */
export function knownAround(line: LineRecord, position: number): KnownNeighbours {
  const index = firstAtOrAbove(line.known, position);
  const above = line.known[index] === position ? index + 1 : index;
  return {
    below: line.known[index - 1] ?? Number.NEGATIVE_INFINITY,
    above: line.known[above] ?? Number.POSITIVE_INFINITY,
  };
}

/** The verdict at a place, null when there is none. */
export function verdictAt(line: LineRecord, position: number): boolean | null {
  const index = firstAtOrAbove(line.known, position);
  return line.known[index] === position ? (line.passed[index] ?? null) : null;
}
