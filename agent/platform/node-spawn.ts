/** Processes under Node. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { couldNotStart } from './could-not-start.ts';
import type { ProcessExit, ProcessOutput, Spawn, SpawnRequest } from './process.ts';

export const spawnWithNode: Spawn = ({ argv, cwd, env, cgroup }) =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = cgroup === undefined ? argv : enterFirst(cgroup, argv);
    const child = start(program, args, cwd, env);
    child.once('error', (error) => reject(couldNotStart(program, error)));
    const exited = new Promise<ProcessExit>((onExit) => {
      child.once('exit', (exitCode, signal) => onExit({ exitCode, signal }));
    });
    child.once('spawn', () => {
      resolve({ pid: child.pid ?? 0, output: outputOf(child.stderr), exited });
    });
  });

/** Node can't start a process in a cgroup: a shell moves there and then becomes the program. */
function enterFirst(cgroup: string, argv: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', '{ echo $$ >"$0/cgroup.procs"; } 2>/dev/null||:;exec "$@"', cgroup, ...argv];
}

/** Some refusals (arguments that are too long) are thrown, others come as an event. */
function start(program: string, args: readonly string[], cwd: string, env: SpawnRequest['env']) {
  try {
    return spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  } catch (error) {
    throw couldNotStart(program, error);
  }
}

function outputOf(stream: Readable): ProcessOutput {
  const chunks = stream[Symbol.asyncIterator]();
  return {
    async read() {
      const { done, value } = await chunks.next();
      return done ? undefined : (value as Uint8Array);
    },
    close: () => {
      stream.destroy();
    },
  };
}
