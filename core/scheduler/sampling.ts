/**
 * Looks at the forecast at fixed times, as somebody who asks now and then would, remembers what it said, and compares when the
 * task starts. The times don't depend on what happens: right before an end of a task everything seems to take longer than it does.
 */
import type { Correction, Wait } from './correction.ts';
import { type Forecaster, rawWaitAt } from './forecast.ts';
import { hashText } from './random.ts';
import { insertSorted } from './sorted.ts';
import type { FarmState, Host } from './state.ts';
import type { SchedulerEvent, Task } from './types.ts';

interface Sample {
  readonly at: number;
  readonly task: Task;
  readonly wait: Wait;
}

interface Due {
  readonly host: Host;
  readonly at: number;
}

const periodMs = 2 * 60_000;
/** Looks per event and tasks per look, which bounds what an event may cost. */
const mostLooks = 4;
const tasksPerLook = 8;
const mostPerTask = 8;
/** A forecast for more costs more than what it would teach. */
const longestQueue = 1000;
/** What starts within this time teaches nothing: it was placed at once. */
const shortestWaitMs = 1000;

export interface Sampling {
  /** Has to be called before the event is applied: what it looks at is how things stood since the event before. */
  hear(event: SchedulerEvent): void;
}

export function createSampling(state: FarmState, forecaster: Forecaster, correction: Correction): Sampling {
  const samples = new Map<string, Sample[]>();
  const due: Due[] = [];
  const known = new Set<Host>();
  let last = Number.NEGATIVE_INFINITY;
  function schedule(host: Host, after: number): void {
    const phase = hashText(host.name) % periodMs;
    const at = (Math.floor((after - phase) / periodMs) + 1) * periodMs + phase;
    insertSorted(due, { host, at }, (a, b) => a.at - b.at);
  }
  function look(host: Host, at: number): void {
    const forecast = forecaster.forecast(host, at);
    const { tasks } = forecast.ranking;
    const stride = Math.max(1, Math.ceil(tasks.length / tasksPerLook));
    for (let rank = 0; rank < tasks.length; rank += stride) {
      const task = tasks[rank] as Task;
      const wait = rawWaitAt(forecast, rank, at);
      const ofTask = samples.get(task.id) ?? [];
      if (!Number.isFinite(wait.high) || wait.high < shortestWaitMs || ofTask.length >= mostPerTask) continue;
      ofTask.push({ at, task, wait });
      samples.set(task.id, ofTask);
    }
  }
  function lookAround(until: number): void {
    for (const host of state.hosts.values()) {
      if (known.has(host)) continue;
      known.add(host);
      schedule(host, until);
    }
    for (let looks = 0; (due[0]?.at ?? until + 1) <= until; ) {
      const { host, at } = due.shift() as Due;
      schedule(host, until);
      const worthwhile = at > last && host.queue.size > 0 && host.queue.size <= longestQueue;
      if (!worthwhile || looks >= mostLooks) continue;
      look(host, at);
      looks++;
    }
  }
  return {
    hear(event) {
      if (event.at > last) {
        lookAround(event.at);
        last = event.at;
      }
      if (event.type !== 'task-started' && event.type !== 'task-removed') return;
      if (event.type === 'task-started') {
        for (const { at, task, wait } of samples.get(event.taskId) ?? []) {
          correction.learn(task.hostType, task.class, wait, Math.max(0, event.at - at));
        }
      }
      samples.delete(event.taskId);
    },
  };
}
