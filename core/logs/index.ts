/**
 * Logs: what runs write, as data. One writer appends to an open log while any number of readers follow it, page through it and search it;
 * when the attempt ends, the log is sealed into compressed, indexed chunks and reads on at the same offsets and line numbers for ever.
 * Keeps three promises: a byte that was told durable is never lost, readers see the same log before and after sealing, and what is
 * damaged is told, never answered as if it were right. Bytes are kept as they came; `ansi.ts` shows them as a terminal would.
 */
export { logLimits } from './limits.ts';
export type { LogFile, LogFiles, SealedLogs } from './ports.ts';
export { shortestSecretBytes } from './secret-forms.ts';
export { createSecretMask, type SecretMask } from './secret-mask.ts';
export { createLogs, type LogsDeps, type LogsOptions } from './service.ts';
export type {
  LogChunk,
  LogFigures,
  LogLine,
  LogMatch,
  LogSearch,
  LogSearchResult,
  LogStat,
  Logs,
  LogWindowQuery,
  LogWriter,
  RemovedLog,
  SealedLog,
} from './types.ts';
