/** A fleet of idle agents beside a farm, as a process of its own that can be asked how many are connected. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { cpuMs, memoryMb } from './process-figures.ts';
import { inParallel } from './system.ts';

export interface IdleFleet {
  readonly pid: number;
  connected(): number;
  /** Until all are connected. */
  allBack(deadlineMs: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startIdleFleet(farm: TestFarm, agents: number): Promise<IdleFleet> {
  // Keys are written safely, each with a flush; in memory that costs nothing, and it is not what is measured.
  const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'croft-bench-idle-'));
  const tokens: string[] = [];
  await inParallel(agents, 32, async () => {
    const made = await farm.api.post<{ token: string }>('/api/v1/join-tokens', { hostType: 'idle' });
    tokens.push(made.token);
  });
  const file = join(dir, 'tokens');
  writeFileSync(file, tokens.join('\n'));
  const child = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, 'idle-agents.ts'),
      ...['--coordinator', farm.url, '--tokens', file, '--dir', join(dir, 'agents')],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let connected = 0;
  const reading = follow(child.stdout, (count) => {
    connected = count;
  });
  async function stop(): Promise<void> {
    child.kill('SIGKILL');
    await child.exited;
    await reading;
    rmSync(dir, { recursive: true, force: true });
  }
  async function allBack(deadlineMs: number): Promise<void> {
    await until(
      `${agents} idle agents are connected`,
      () => {
        if (child.exitCode !== null) throw new Error(`The idle agents ended with ${child.exitCode}`);
        return connected === agents;
      },
      deadlineMs,
    );
  }
  try {
    await allBack(300_000);
  } catch (error) {
    const seen = connected;
    await stop();
    throw new Error(`${seen} of ${agents} idle agents came: ${String(error)}`);
  }
  return { pid: child.pid, connected: () => connected, allBack, stop };
}

async function follow(output: ReadableStream<Uint8Array>, onCount: (count: number) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of output) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onCount(Number(line.split(' ')[1]));
  }
}

export interface FleetFigures {
  readonly serverMb: number;
  /** Of one core, while nothing happens. */
  readonly serverCpuPercent: number;
}

/** After a moment in which nothing happens. */
export async function atRest(farm: TestFarm, ms: number): Promise<FleetFigures> {
  const { pid } = farm.coordinator;
  await Bun.sleep(ms / 2);
  const before = cpuMs(pid);
  const begun = performance.now();
  await Bun.sleep(ms);
  const used = (cpuMs(pid) - before) / (performance.now() - begun);
  return { serverMb: memoryMb(pid), serverCpuPercent: used * 100 };
}

export interface Return {
  /** From the SIGKILL until the last agent was in again. */
  readonly allBackSeconds: number;
  /** Of that, until the coordinator listened again. */
  readonly listeningSeconds: number;
}

/** SIGKILL of the coordinator and a restart at once. */
export async function restartUnder(farm: TestFarm, fleet: IdleFleet): Promise<Return> {
  await farm.coordinator.kill();
  const begun = performance.now();
  await until('the agents notice', () => fleet.connected() === 0, 60_000);
  await farm.startCoordinator();
  const listening = performance.now();
  await fleet.allBack(300_000);
  return {
    allBackSeconds: (performance.now() - begun) / 1000,
    listeningSeconds: (listening - begun) / 1000,
  };
}
