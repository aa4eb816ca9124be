/**
 * Benchmarks: the Go benchmark format, what other tools print brought into it, the statistics, and the tables and series that compare
 * results. Pure: bytes and numbers in, text out, no files. It agrees with upstream's benchfmt, benchproc, benchmath and benchstat to the
 * byte, except where they are wrong, which the tests beside the real tools list one by one. Never drops a sample silently, and never
 * shows a change without saying how sure it is.
 */
export { compareText, decodeBytes, encodeText, runeCount } from './format/byte-text.ts';
export { type BenchInput, nameInputs } from './format/file-names.ts';
export { parseGoFloat } from './format/go-numbers.ts';
export { type BenchReader, createBenchReader } from './format/reader.ts';
export type { UnitMetadata } from './format/unit-metadata.ts';
export { type BenchWriter, createBenchWriter } from './format/writer.ts';
export { filterResult } from './query/bench-filter.ts';
export { type Filter, parseFilter } from './query/filter.ts';
export {
  type Benchstat,
  type BenchstatOptions,
  benchstatDefaults,
  createBenchstat,
} from './table/benchstat.ts';
export { csvTables } from './table/csv.ts';
export { textTables } from './table/text.ts';
export type * from './table/types.ts';
export type * from './types.ts';
