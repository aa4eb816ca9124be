/** Stands in for `agent/platform/signals.ts` in the bundle. */
import { deliverSignal, processOf } from './processes.ts';

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGQUIT' | 'SIGHUP';

export function signalGroup(leader: number, signal: SignalName): boolean {
  return deliverSignal(-leader, signal);
}

export function signalProcess(pid: number, signal: SignalName): boolean {
  return deliverSignal(pid, signal);
}

export function isAlive(pid: number): boolean {
  return processOf(pid) !== undefined;
}
