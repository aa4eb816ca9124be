/**
 * git processes that a coordinator left behind when it was killed: they run in groups of their own, so nothing ended them.
 * Each one that is started is written down here, and the next coordinator ends those that still run before it touches a mirror.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../agent/kit/clock.ts';
import { systemCode } from '../disk/errors.ts';
import { signalGroup } from './process.ts';

export interface RunningGit {
  started(pid: number, command: readonly string[]): void;
  ended(pid: number): void;
}

/** `folder` holds one small file for each running process. Synchronous, because a process must not run unrecorded. */
export function recordRunning(folder: string): RunningGit {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    started: (pid, command) => writeFileSync(join(folder, String(pid)), command.join('\0')),
    ended: (pid) => rmSync(join(folder, String(pid)), { force: true }),
  };
}

const patienceMs = 5_000;
const lookMs = 50;

/** Ends what an earlier process recorded and still runs, and waits for it. */
export async function endOrphans(folder: string, clock: Clock): Promise<number> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let ended = 0;
  for (const name of await readdir(folder)) {
    const pid = Number(name);
    const command = await readFile(join(folder, name), 'utf8');
    if (Number.isSafeInteger(pid) && pid > 1 && (await runs(pid, command))) {
      await endGroup(pid, command, clock);
      ended++;
    }
    await rm(join(folder, name), { force: true });
  }
  return ended;
}

async function endGroup(pid: number, command: string, clock: Clock): Promise<void> {
  const giveUpAt = clock.monotonic() + patienceMs;
  signalGroup(pid, 'SIGTERM');
  while (await runs(pid, command)) {
    if (clock.monotonic() >= giveUpAt) return signalGroup(pid, 'SIGKILL');
    await clock.sleep(lookMs);
  }
}

/** Process ids are used again: it is ours only if it runs the very command that was recorded. */
async function runs(pid: number, command: string): Promise<boolean> {
  try {
    const running = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return running.replace(/\0$/, '') === command;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && process.platform === 'linux') return false;
    const { stdout } = Bun.spawnSync(['ps', '-o', 'args=', '-p', String(pid)], {
      env: { PATH: '/usr/bin:/bin' },
    });
    return stdout.toString().trim() === command.replaceAll('\0', ' ');
  }
}
