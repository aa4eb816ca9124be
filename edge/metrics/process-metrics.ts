/** This process, under the names that every Prometheus client uses; Bun lacks what the library's own collector stands on. */
import { readdirSync } from 'node:fs';
import { Counter, Gauge, type Registry } from 'prom-client';

const openFiles = '/proc/self/fd';

export function createProcessMetrics(registry: Registry, startedAt: number): { update(): void } {
  const registers = [registry];
  const resident = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the coordinator',
    registers,
  });
  const heap = new Gauge({
    name: 'process_heap_bytes',
    help: 'Memory that JavaScript objects of the coordinator take',
    registers,
  });
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Time that processors worked for the coordinator, in its own code and in the kernel',
    registers,
  });
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the coordinator was started, seconds since 1970',
    registers,
  }).set(startedAt / 1000);
  const files = canListFiles()
    ? new Gauge({ name: 'process_open_fds', help: 'Open files and sockets of the coordinator', registers })
    : null;
  let counted = 0;
  return {
    update() {
      const { rss, heapUsed } = process.memoryUsage();
      resident.set(rss);
      heap.set(heapUsed);
      const { user, system } = process.cpuUsage();
      const seconds = (user + system) / 1e6;
      cpu.inc(Math.max(0, seconds - counted));
      counted = Math.max(counted, seconds);
      // One of them is the listing itself.
      files?.set(readdirSync(openFiles).length - 1);
    },
  };
}

function canListFiles(): boolean {
  try {
    readdirSync(openFiles);
    return true;
  } catch {
    // Only Linux has this folder; elsewhere the metric is left out.
    return false;
  }
}
