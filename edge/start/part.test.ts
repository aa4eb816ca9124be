import { expect, test } from 'bun:test';
import { createDeferred, type Deferred } from '../../agent/kit/deferred.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createPart, type PartSpec } from './part.ts';
import type { ProcessEnd, Processes, RunningProcess } from './processes.ts';
import { restartDelayMs } from './restart-policy.ts';

const randomness = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0.5 };

interface FakeProcess extends RunningProcess {
  end(end: Partial<ProcessEnd>): void;
}

function fakeProcess(pid: number): FakeProcess {
  const exited: Deferred<ProcessEnd> = createDeferred();
  return {
    pid,
    exited: exited.promise,
    end: (end) => exited.resolve({ exitCode: null, text: 'signal SIGKILL', ...end }),
  };
}

/** A part whose processes live as long as the test wants. */
function scene(options: Partial<PartSpec> = {}) {
  const clock = createManualClock();
  const started: FakeProcess[] = [];
  const startedAt: number[] = [];
  const lines: string[] = [];
  const stopped: number[] = [];
  const processes = {
    async stop(running: RunningProcess) {
      stopped.push(running.pid);
      return 'stopped' as const;
    },
    kill: (pid: number) => stopped.push(-pid),
  } as unknown as Processes;
  const spec: PartSpec = {
    name: 'the part',
    graceMs: 1000,
    find: () => null,
    async launch() {
      const process = fakeProcess(100 + started.length);
      started.push(process);
      startedAt.push(clock.monotonic());
      return process;
    },
    lastWords: () => 'its last words',
    isFinal: () => false,
    ...options,
  };
  const part = createPart({ clock, randomness, processes, say: (line) => lines.push(line) }, spec);
  return { clock, started, startedAt, lines, stopped, part };
}

test('a part that keeps dying is started again after longer and longer pauses, and it is said', async () => {
  const { clock, part, started, startedAt, lines } = scene();
  const over = new AbortController();
  const running = part.run(over.signal);
  await clock.advance(0);
  for (let death = 1; death <= 7; death++) {
    started.at(-1)?.end(death === 1 ? { exitCode: 1, text: 'exit code 1' } : {});
    while (started.length === death) await clock.advance(50);
  }
  over.abort();
  await clock.advance(0);
  await running;
  const pauses = startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0));
  expect(pauses).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500]);
  expect(lines[0]).toBe(
    'the part stopped unasked (exit code 1), trying again in 750 ms; it said: its last words',
  );
  expect(lines[2]).toBe('the part stopped unasked (signal SIGKILL), trying again in 1.5 s');
  expect(lines).toContain('the part runs again (process 101)');
});

test('the pause doubles up to its bound and keeps half of itself for certain', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((deaths) =>
    restartDelayMs(deaths, { ...randomness, fraction: () => 0 }),
  );
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  expect(restartDelayMs(50, { ...randomness, fraction: () => 0.999_999 })).toBeLessThanOrEqual(30_000);
});

test('a part that ran well for a minute is started again soon', async () => {
  const { clock, part, started, startedAt } = scene();
  const over = new AbortController();
  const running = part.run(over.signal);
  for (let death = 0; death < 4; death++) {
    await clock.advance(60_000);
    started.at(-1)?.end({});
    await clock.advance(1000);
  }
  expect(startedAt).toEqual([0, 60_750, 121_750, 182_750, 243_750]);
  over.abort();
  await clock.advance(0);
  await running;
});

test('one that runs already is taken up and not doubled', async () => {
  const existing = fakeProcess(7);
  let alive = true;
  const { clock, part, started } = scene({ find: () => (alive ? existing : null) });
  const over = new AbortController();
  const running = part.run(over.signal);
  await clock.advance(10);
  expect(part.pid).toBe(7);
  expect(started).toHaveLength(0);
  alive = false;
  existing.end({});
  await clock.advance(2000);
  expect(part.pid).toBe(100);
  over.abort();
  await clock.advance(0);
  await running;
});

test('what could not be started is tried again and said in other words', async () => {
  const { clock, part, lines } = scene({
    launch: async () => {
      throw new Error('no such program');
    },
  });
  const over = new AbortController();
  const running = part.run(over.signal);
  await clock.advance(5_000);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines[0]).toContain('the part could not be started (no such program), trying again in');
  over.abort();
  await clock.advance(0);
  await running;
});

test('a final end is an error with the last words', async () => {
  const { clock, part, started } = scene({ isFinal: (end) => end.exitCode !== null });
  const running = part.run(new AbortController().signal);
  await clock.advance(0);
  started[0]?.end({ exitCode: 2, text: 'exit code 2' });
  await expect(running).rejects.toMatchObject({ code: 'invalid_input', message: 'its last words' });
});

test('the signal ends the watch and leaves the process, stop ends the process', async () => {
  const { clock, part, stopped } = scene();
  const over = new AbortController();
  const running = part.run(over.signal);
  await clock.advance(0);
  over.abort();
  await clock.advance(0);
  await running;
  expect(stopped).toEqual([]);
  await part.stop();
  expect(stopped).toEqual([100]);
});
