/** What this machine is, and how it is. */
import { statfsSync } from 'node:fs';
import {
  arch,
  availableParallelism,
  freemem,
  hostname,
  loadavg,
  platform,
  release,
  totalmem,
  uptime,
} from 'node:os';
import { readProc } from './platform/process-table.ts';
import type { Runtime } from './platform/runtime.ts';
import type { MachineStatus, Platform } from './wire/protocol.ts';

export function describePlatform(runtime: Runtime, agentVersion: string): Platform {
  return {
    os: platform(),
    arch: arch(),
    release: release(),
    hostname: hostname(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    runtime: runtime.name,
    runtimeVersion: runtime.version,
    agentVersion,
  };
}

export function readStatus(
  folder: string,
  agent: { readonly slots: number; readonly busySlots: number; readonly draining: boolean },
): MachineStatus {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return {
    load1: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    memoryFreeBytes: availableMemory(),
    diskFreeBytes: bavail * bsize,
    diskTotalBytes: blocks * bsize,
    uptimeMs: Math.floor(uptime() * 1000),
    ...agent,
  };
}

/** What programs could get, not what nobody uses: a machine whose memory caches files is not short of any. */
function availableMemory(): number {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(
    readProc('/proc/meminfo')?.toString('latin1') ?? '',
  )?.[1];
  return available === undefined ? freemem() : Number(available) * 1024;
}
