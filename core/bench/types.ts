/** The words of the benchmark format, which statistics, tables, tools and the store share. */
import type { BenchName } from './format/name.ts';
import type { Unit } from './format/unit.ts';

export type { BenchName } from './format/name.ts';
export type { Unit, UnitClass } from './format/unit.ts';

/** `file`: read from text, and written out again; `internal`: set by a tool, like `.file`. */
export interface ConfigEntry {
  readonly key: string;
  readonly value: string;
  readonly origin: 'file' | 'internal';
}

/** The configuration of a result, in the order in which keys first appeared. Never changes. */
export interface BenchConfig {
  readonly entries: readonly ConfigEntry[];
  /** The value, or empty: a missing key and an empty one are the same. */
  get(key: string): string;
  find(key: string): ConfigEntry | undefined;
}

/** One line of results. Value n was written in unit n; times the unit's factor it is the tidy value. */
export interface BenchResult {
  readonly name: BenchName;
  /** A bigint beyond 2^53. */
  readonly iterations: number | bigint;
  readonly values: readonly number[];
  /** Results with the same units mostly share one array. */
  readonly units: readonly Unit[];
  readonly config: BenchConfig;
}

/** A line that is not what it seems to be; reading goes on after it. */
export interface BenchSyntaxError {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** `Unit ns/op better=lower`. */
export interface UnitFact {
  readonly unit: string;
  readonly writtenUnit: string;
  readonly key: string;
  readonly value: string;
}

/** Is told what a reader finds, in the order of the file. */
export interface BenchVisitor {
  result(result: BenchResult): void;
  syntaxError(error: BenchSyntaxError): void;
  /** What a `Unit` line says that is new. */
  unit?(fact: UnitFact): void;
}
