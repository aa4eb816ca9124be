/**
 * Hears the moment in which a process runs: its first act is to write into a pipe that this process reads. The time stamp of a file
 * would be up to one tick of the kernel's clock too early.
 */
import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';

export interface Doorbell {
  /** The shell command that rings. */
  readonly command: string;
  /** The time (`performance.now`) of the next ring. */
  next(deadlineMs?: number): Promise<number>;
  close(): Promise<void>;
}

export async function openDoorbell(path: string): Promise<Doorbell> {
  execFileSync('mkfifo', [path]);
  // For writing too, so that it never ends when a writer goes.
  const pipe = await open(path, 'r+');
  let closed = false;
  let waiting: ((at: number) => void) | null = null;

  async function listen(): Promise<void> {
    const bytes = Buffer.alloc(64);
    while (!closed) {
      await pipe.read(bytes, 0, bytes.length, null);
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
      closed = true;
      await pipe.write('\n');
      await listening;
      await pipe.close();
    },
  };
}
