/**
 * What is known of a run after the agent was killed. Two pages of fixed size, both written when the run starts: the first says
 * what was started, the second is overwritten with the exit. So the exit needs no new disk space, and a page is written
 * whole or not at all when the process dies. Behind them come the times of the output, once it has ended.
 *
 * Nothing is flushed to the medium: a run does not survive a power cut, and a record that is missing then says what is true.
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { FarmError } from '../wire/farm-error.ts';
import { RunExit } from '../wire/protocol.ts';
import { isValid } from '../wire/validate.ts';

export interface StartRecord {
  readonly runId: string;
  readonly leaseId: string;
  readonly startedAt: number;
  /** Bytes of one output file. */
  readonly segmentBytes: number;
  /** Leader of the process group, and when it started as the system counts; null before it started. */
  readonly pid: number | null;
  readonly processStart: string | null;
}

export interface RecordFile {
  saveStart(start: StartRecord): void;
  saveExit(exit: RunExit): void;
  saveTimes(bytes: Uint8Array): void;
  close(): void;
}

const pageBytes = 4096;
/** Characters that fit a page beside the rest of an exit, however badly they have to be escaped. */
const longestMessage = 550;

/** In a new file, or an empty one. Throws the system's error when there is no room for a run's result, before the run is started. */
export function createRecord(path: string, start: StartRecord): RecordFile {
  const file = openSync(path, constants.O_CREAT | constants.O_WRONLY, 0o600);
  function writePage(page: number, value: unknown): void {
    writeSync(file, pageOf(value), 0, pageBytes, page * pageBytes);
  }
  try {
    writePage(1, null);
    writePage(0, start);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return {
    saveStart: (started) => writePage(0, started),
    saveExit: (exit) => writePage(1, shortened(exit)),
    saveTimes(bytes) {
      writeSync(file, bytes, 0, bytes.length, 2 * pageBytes);
    },
    close: () => closeSync(file),
  };
}

/** The exit of a run that another agent started. */
export function saveExit(path: string, exit: RunExit): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, pageOf(shortened(exit)), 0, pageBytes, pageBytes);
  } finally {
    closeSync(file);
  }
}

/** Undefined for a record that was never finished writing: its run was never started. */
export function readRecord(
  path: string,
): { start: StartRecord; exit: RunExit | null; times: Uint8Array } | undefined {
  const bytes = readFileSync(path);
  const start = parsePage(bytes.subarray(0, pageBytes)) as StartRecord | null | undefined;
  if (typeof start?.runId !== 'string' || typeof start.leaseId !== 'string') return undefined;
  const exit = parsePage(bytes.subarray(pageBytes, 2 * pageBytes));
  return { start, exit: isValid(RunExit, exit) ? exit : null, times: bytes.subarray(2 * pageBytes) };
}

/** An exit as it fits its page, and as it is told: what is on disk and what was said are the same. */
export function shortened(exit: RunExit): RunExit {
  if (exit.message === undefined || exit.message.length <= longestMessage) return exit;
  return { ...exit, message: `${exit.message.slice(0, longestMessage)}…` };
}

function pageOf(value: unknown): Buffer {
  const page = Buffer.alloc(pageBytes, ' ');
  const text = Buffer.from(`${JSON.stringify(value)}\n`);
  if (text.length > pageBytes) {
    throw new FarmError('internal', `A record of ${text.length} bytes does not fit its page`, {
      blame: 'farm',
    });
  }
  text.copy(page);
  return page;
}

function parsePage(page: Buffer): unknown {
  try {
    return JSON.parse(page.toString('utf8'));
  } catch {
    // Torn by a power cut: as if it had not been written.
    return undefined;
  }
}
