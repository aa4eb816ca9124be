/**
 * Benchmarks: the Go benchmark format, what other tools print brought into it, the statistics, and the tables and series that compare
 * results. Pure: bytes and numbers in, text out, no files. It agrees with upstream's benchfmt, benchproc, benchmath and benchstat to the
 * byte, except where they are wrong, which the tests beside the real tools list one by one. Never drops a sample silently, and never
 * shows a change without saying how sure it is.
 */
export { compareText, decodeBytes, encodeText, runeCount } from './format/byte-text.ts';
export { type BenchInput, nameInputs } from './format/file-names.ts';
export { type BenchReader, createBenchReader } from './format/reader.ts';
export type { UnitMetadata } from './format/unit-metadata.ts';
export { type BenchWriter, createBenchWriter } from './format/writer.ts';
export type * from './types.ts';
