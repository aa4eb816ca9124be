import { expect, test } from 'bun:test';
import { createJsonLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import type { Build } from '../../core/builds/types.ts';
import type { BuildTrace } from './build-trace.ts';
import { createTeller, type TellerDeps } from './teller.ts';

function finished(id: string, change: Partial<Build> = {}): Build {
  const place = { repo: 'r', commit: 'c1', builder: 'b', branch: 'main', position: 4 };
  return { id, ...place, state: 'passed', trigger: 'commit', createdAt: 50, endedAt: 90, ...change } as Build;
}

function tellerOn(options: { readonly stored?: readonly Build[]; readonly stop?: () => Promise<void> } = {}) {
  const sent: BuildTrace[] = [];
  const lines: string[] = [];
  const clock = createManualClock(200_000);
  let hear = (_build: Build): void => undefined;
  const coordinator = {
    builds: {
      reader: { builds: async () => options.stored ?? [] },
      async attempts(id: string) {
        if (id === 'bld_lost') throw new Error('the disk is away');
        return [];
      },
      onChange(listener: (build: Build) => void) {
        hear = listener;
        return () => {
          hear = () => undefined;
        };
      },
    },
    commits: {
      branchCommits: async (query: object) => {
        expect(query).toEqual({ repo: 'r', branch: 'main', before: 5, limit: 1 });
        return [{ hash: 'c1', seenAt: 20 }];
      },
    },
  } as unknown as TellerDeps['coordinator'];
  const teller = createTeller({
    coordinator,
    clock,
    log: createJsonLog({ now: clock.now, write: (line) => lines.push(line) }),
    sink: { send: (trace) => sent.push(trace), stop: options.stop ?? (async () => undefined) },
  });
  const named = (): readonly unknown[] => sent.map(({ spans }) => spans[0]?.attributes['croft.build.id']);
  return { teller, clock, lines, sent, named, hear: (build: Build) => hear(build) };
}

test('a verdict is told once it is there, from when the commit was seen', async () => {
  const { teller, hear, named, sent } = tellerOn();
  hear(finished('bld_1', { state: 'running', endedAt: null }));
  hear(finished('bld_1'));
  await teller.settled();
  expect(named()).toEqual(['bld_1']);
  expect(sent[0]?.spans[0]).toMatchObject({ startedAt: 20, endedAt: 90 });
});

test('one that can not be read is told of in the log, and the next one is told', async () => {
  const { teller, hear, named, lines } = tellerOn();
  hear(finished('bld_lost'));
  hear(finished('bld_2'));
  await teller.settled();
  expect(named()).toEqual(['bld_2']);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'traces.not-told', build: 'bld_lost' });
});

test('what ended just before a start is told again, and nothing older', async () => {
  const stored = [
    finished('bld_new', { endedAt: 190_000 }),
    finished('bld_runs', { state: 'running', endedAt: null }),
    finished('bld_old', { endedAt: 10_000 }),
  ];
  const { teller, named } = tellerOn({ stored });
  await teller.settled();
  expect(named()).toEqual(['bld_new']);
});

test('a flood is bounded, and what is left out is counted', async () => {
  const { teller, hear, sent, lines } = tellerOn();
  for (let index = 0; index < 6_000; index++) hear(finished(`bld_${index}`));
  await teller.settled();
  expect(sent.length).toBeGreaterThanOrEqual(5_000);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    event: 'traces.left-out',
    builds: 6_000 - sent.length,
  });
});

test('a collector that is away does not keep the coordinator from going down', async () => {
  const { teller, clock, hear, named } = tellerOn({ stop: () => new Promise(() => undefined) });
  const stopped = teller.stop();
  await clock.advance(3_000);
  await stopped;
  hear(finished('bld_late'));
  expect(named()).toEqual([]);
});
