/** Bun or Node: the one place that asks which of the two this is. */
import { setImmediate } from 'node:timers/promises';
import { spawnWithBun } from './bun-spawn.ts';
import { spawnWithNode } from './node-spawn.ts';
import type { Spawn } from './process.ts';

export interface Runtime {
  readonly name: 'bun' | 'node';
  readonly version: string;
  readonly spawn: Spawn;
  /** Lets whatever else is ready run first; long synchronous work calls it every few milliseconds. */
  pause(): Promise<void>;
}

export function currentRuntime(): Runtime {
  const bunVersion = process.versions['bun'];
  return bunVersion === undefined
    ? { name: 'node', version: process.versions.node, spawn: spawnWithNode, pause: () => setImmediate() }
    : { name: 'bun', version: bunVersion, spawn: spawnWithBun, pause: () => setImmediate() };
}
