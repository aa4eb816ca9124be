/** Processes under Bun: its own spawn costs the event loop a fraction of what its `node:child_process` does. */
import { couldNotStart } from './could-not-start.ts';
import type { ProcessExit, Spawn } from './process.ts';

export const spawnWithBun: Spawn = async ({ argv, cwd, env }) => {
  const child = start(argv, cwd, env);
  const reader = child.stderr.getReader();
  return {
    pid: child.pid,
    output: {
      async read() {
        const { done, value } = await reader.read();
        return done ? undefined : value;
      },
      close() {
        // A pipe that broke meanwhile is as closed as we want it.
        reader.cancel().catch(() => undefined);
      },
    },
    exited: child.exited.then((): ProcessExit => {
      const { exitCode, signalCode } = child;
      return { exitCode, signal: signalCode === null ? null : String(signalCode) };
    }),
  };
};

function start(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  try {
    return Bun.spawn({
      cmd: [...argv],
      cwd,
      env: { ...env },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      detached: true,
    });
  } catch (error) {
    throw couldNotStart(argv[0] ?? '', error);
  }
}
