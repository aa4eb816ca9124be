/** Signals to processes and whole process groups. */

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGQUIT' | 'SIGHUP';

/** True when somebody got it. Where there are no process groups, the leader alone does. */
export function signalGroup(leader: number, signal: SignalName): boolean {
  return signalProcess(process.platform === 'win32' ? leader : -leader, signal);
}

export function signalProcess(pid: number, signal: SignalName): boolean {
  // 0, 1 and -1 mean ourselves, init and everybody: no process of ours has them.
  if (pid === 0 || pid === 1 || pid === -1) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    // Gone already, or not ours: either way nobody got it.
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
