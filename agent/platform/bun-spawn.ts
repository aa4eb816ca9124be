/** Processes under Bun: its own spawn costs the event loop a fraction of what its `node:child_process` does. */
import { couldNotStart } from './could-not-start.ts';
import type { ProcessExit, Spawn, SpawnRequest } from './process.ts';

export const spawnWithBun: Spawn = async (request) => {
  const child = start(request);
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

/** Born in its cgroup: a process that moves there by itself waits for the kernel, which takes ten times as long. */
function start({ argv, cwd, env, cgroup }: SpawnRequest): Bun.Subprocess<'ignore', 'ignore', 'pipe'> {
  try {
    return Bun.spawn({
      cmd: [...argv],
      cwd,
      env: { ...env },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      detached: true,
      ...(cgroup === undefined ? {} : { cgroup }),
    });
  } catch (error) {
    // The cgroup only makes cleaning up surer; a command runs without one as well.
    if (cgroup !== undefined) return start({ argv, cwd, env });
    throw couldNotStart(argv[0] ?? '', error);
  }
}
