/** Stands in for `agent/link/dial.ts` in the bundle: an address in the bottle leads over its network. */
import type { Transport } from '../../../agent/wire/transport.ts';
import { runningKernel } from '../kernel/kernel.ts';

type Dialler = () => Promise<Transport>;

/** By the name of the agent's process. */
const diallers = new Map<string, Dialler>();

export function whenDialled(owner: string, dialler: Dialler): void {
  diallers.set(owner, dialler);
}

export function clearDiallers(): void {
  diallers.clear();
}

export function dial(): Promise<Transport> {
  const dialler = diallers.get(runningKernel().current.name);
  if (dialler === undefined) return Promise.reject(new Error(`Nobody is ${runningKernel().current.name}`));
  return dialler();
}
