/** A build system under measurement: Croft or a peer, doing the same work on this machine. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { SystemName } from './figures.ts';

/** Slots of the one worker that every system has. */
export const slots = 8;

export interface System {
  readonly name: SystemName;
  readonly version: string;
  /** One idle build: ms from the request until its process runs. Resolves when all is idle again. */
  latencyMs(): Promise<number>;
  /** Asks for so many builds of `true`, 16 requests at a time; seconds until as many have ended. */
  trivialSeconds(builds: number): Promise<number>;
  /** Megabytes a second of one build's output, as it was taken in. */
  logRate(bytes: number): Promise<number>;
  /** Comes last, since nothing takes back what waits. Lets builds wait without a worker, as many as can be asked for in the time; gives how many. Absent: it has no queue. */
  fillQueue?(builds: number, withinMs: number): Promise<number>;
  /** The worker works again. */
  openQueue?(): Promise<void>;
  /** SIGKILL of the server under as many running builds as there are slots, and a restart: how many ended well without having run twice. */
  survivors(): Promise<number>;
  readonly pids: { readonly server: number; readonly worker: number };
  stop(): Promise<void>;
}

/** `yes` of it is the loud build. */
export const loudLine = 'x'.repeat(99);

export function loudCommand(bytes: number): string {
  return `yes ${loudLine} | head -c ${bytes}`;
}

/** Leaves a line of a file at its start, so that running twice shows, and runs until `goOn(file)`. */
export function survivorCommand(file: string): string {
  return `echo start >> ${file}; while [ ! -e ${file}.go ]; do sleep 0.2; done`;
}

export function goOn(file: string): void {
  writeFileSync(`${file}.go`, '');
}

/** So many survivors have started since the file was removed. */
export function startsIn(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

/** Does the work so many times, at most `width` at once. */
export async function inParallel(times: number, width: number, work: () => Promise<unknown>): Promise<void> {
  let left = times;
  await Promise.all(
    Array.from({ length: Math.min(width, times) }, async () => {
      while (left-- > 0) await work();
    }),
  );
}
