/**
 * Hears the moment in which a process runs: its first act is to write into a pipe that this process reads. The time stamp of a file
 * would be up to one tick of the kernel's clock too early.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface Doorbell {
  /** The shell command that rings. */
  readonly command: string;
  /** The time (`performance.now`) of the next ring. */
  next(deadlineMs?: number): Promise<number>;
  close(): Promise<void>;
}

export async function openDoorbell(path: string): Promise<Doorbell> {
  execFileSync('mkfifo', [path]);
  // Held open for writing, so that it never ends when a writer goes.
  const held = openSync(path, 'r+');
  let waiting: ((at: number) => void) | null = null;
  // A stream is polled; a plain read would block one of few threads for as long as nobody rings.
  const reader = Bun.file(path).stream().getReader();

  async function listen(): Promise<void> {
    while (!(await reader.read()).done) {
      waiting?.(performance.now());
      waiting = null;
    }
  }
  const listening = listen();

  return {
    command: `echo > ${path}`,
    async next(deadlineMs = 60_000) {
      const heard = Promise.withResolvers<number>();
      waiting = heard.resolve;
      const late = setTimeout(() => heard.reject(new Error('No process rang in time')), deadlineMs);
      return await heard.promise.finally(() => clearTimeout(late));
    },
    async close() {
      await reader.cancel();
      await listening;
      closeSync(held);
    },
  };
}
