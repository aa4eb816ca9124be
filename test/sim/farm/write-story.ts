/** A seed becomes a story: machines, builders, pushes, requests and faults, each drawn from a stream of its own. */
import { type Chance, createChance } from '../kernel/chance.ts';
import {
  coordinatorHost,
  type Fault,
  type Push,
  type Request,
  type Story,
  type StoryBuilder,
  type StoryMachine,
} from './story.ts';

export interface Profile {
  readonly durationMs: number;
  readonly machines: number;
  readonly slots: number;
  readonly hostTypes: number;
  readonly builders: number;
  readonly stepMs: number;
  /** Commits over the whole time. */
  readonly commits: number;
  readonly requests: number;
  readonly faults: number;
}

export const profiles = {
  /** A quarter of an hour of a small farm where something breaks every twenty seconds: where most bugs are found. */
  trouble: {
    durationMs: 900_000,
    machines: 3,
    slots: 2,
    hostTypes: 2,
    builders: 3,
    stepMs: 6_000,
    commits: 14,
    requests: 8,
    faults: 40,
  },
  /** The day of the aims: 50 agents, 2,000 builds. */
  day: {
    durationMs: 24 * 3_600_000,
    machines: 50,
    slots: 1,
    hostTypes: 5,
    builders: 5,
    stepMs: 120_000,
    commits: 390,
    requests: 50,
    faults: 60,
  },
  /** A day of a farm that is busy for three quarters of it, with people who ask for builds of their own. */
  queue: {
    durationMs: 24 * 3_600_000,
    machines: 8,
    slots: 2,
    hostTypes: 2,
    builders: 6,
    stepMs: 110_000,
    commits: 500,
    requests: 300,
    faults: 60,
  },
  /** Nothing breaks; what is wrong here is wrong always. */
  calm: {
    durationMs: 900_000,
    machines: 2,
    slots: 2,
    hostTypes: 1,
    builders: 2,
    stepMs: 10_000,
    commits: 10,
    requests: 4,
    faults: 0,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

export function writeStory(seed: number, profile: Profile): Story {
  const machines = machinesOf(seed, profile);
  const builders = buildersOf(seed, profile);
  return {
    seed,
    durationMs: profile.durationMs,
    machines,
    builders,
    pushes: pushesOf(seed, profile),
    requests: requestsOf(seed, profile, machines, builders),
    faults: faultsOf(seed, profile, machines),
  };
}

function hostType(index: number): string {
  return `host-${index}`;
}

function machinesOf(seed: number, profile: Profile): readonly StoryMachine[] {
  const chance = createChance(seed, 'machines');
  return Array.from({ length: profile.machines }, (_, index) => ({
    name: `m${index + 1}`,
    // Every type has at least one.
    hostType: hostType(index % profile.hostTypes),
    slots: chance.between(1, profile.slots),
    at:
      index < profile.hostTypes
        ? 10
        : Math.floor(chance.fraction() * Math.min(600_000, profile.durationMs / 4)),
  }));
}

function buildersOf(seed: number, profile: Profile): readonly StoryBuilder[] {
  const chance = createChance(seed, 'builders');
  return Array.from({ length: profile.builders }, (_, index) => ({
    name: `b${index + 1}`,
    hostType: hostType(index % profile.hostTypes),
    steps: chance.between(1, 3),
    stepMs: Math.max(200, Math.floor(chance.exponential(profile.stepMs))),
    attempts: chance.between(3, 6),
    artifacts: chance.happens(0.5),
  }));
}

function pushesOf(seed: number, profile: Profile): readonly Push[] {
  const chance = createChance(seed, 'pushes');
  const pushes: Push[] = [];
  for (let left = profile.commits; left > 0; ) {
    const commits = Math.min(left, chance.happens(0.2) ? chance.between(2, 8) : 1);
    left -= commits;
    pushes.push({
      at: Math.floor(chance.fraction() * profile.durationMs * 0.8),
      branch: chance.happens(0.8) ? 'main' : `topic-${chance.between(1, 3)}`,
      commits,
    });
  }
  return pushes.toSorted((left, right) => left.at - right.at);
}

function requestsOf(
  seed: number,
  profile: Profile,
  machines: readonly StoryMachine[],
  builders: readonly StoryBuilder[],
): readonly Request[] {
  const chance = createChance(seed, 'requests');
  return Array.from({ length: profile.requests }, (): Request => {
    const at = Math.floor(chance.fraction() * profile.durationMs);
    const machine = chance.pick(machines).name;
    const what = chance.fraction();
    if (what < 0.4) return { kind: 'build', at, builder: chance.pick(builders).name, branch: 'main' };
    if (what < 0.8) return { kind: 'cancel', at, pick: chance.between(0, 1_000) };
    return { kind: chance.pick(['drain', 'undrain', 'quarantine', 'release'] as const), at, machine };
  }).toSorted((left, right) => left.at - right.at);
}

function faultsOf(seed: number, profile: Profile, machines: readonly StoryMachine[]): readonly Fault[] {
  const chance = createChance(seed, 'faults');
  const faults: Fault[] = [];
  while (faults.length < profile.faults) {
    const at = Math.floor(chance.fraction() * profile.durationMs);
    const fault = chance.pick(writers)(at, chance.pick(machines).name, chance);
    // Trouble seldom comes alone: a disk that is full is often why somebody stops the coordinator.
    if (fault.kind === 'coordinator-stop' && chance.happens(0.5))
      faults.push({ kind: 'store-error', at, count: chance.between(1, 4), moment: 'commit' });
    faults.push(fault);
  }
  return faults.toSorted((left, right) => left.at - right.at);
}

const writers: readonly ((at: number, machine: string, chance: Chance) => Fault)[] = [
  (at, machine) => ({ kind: 'cut', at, machine }),
  (at, machine, chance) => ({
    kind: 'silence',
    at,
    machine,
    forMs: Math.floor(chance.exponential(40_000)),
    direction: chance.pick(['both', 'up', 'down'] as const),
  }),
  (at, machine, chance) => ({
    kind: 'slow',
    at,
    machine,
    forMs: chance.between(1_000, 120_000),
    ms: chance.between(20, 3_000),
  }),
  (at, machine, chance) => ({ kind: 'agent-crash', at, machine, ...dying(chance) }),
  (at, machine, chance) => ({ kind: 'agent-crash', at, machine, ...dying(chance) }),
  (at, machine, chance) => ({ kind: 'agent-stop', at, machine, downMs: chance.between(500, 60_000) }),
  (at, machine, chance) => ({ kind: 'power-cut', at, machine, downMs: chance.between(5_000, 600_000) }),
  (at, _, chance) => ({ kind: 'coordinator-crash', at, ...dying(chance) }),
  (at, _, chance) => ({ kind: 'coordinator-crash', at, ...dying(chance) }),
  (at, _, chance) => ({ kind: 'coordinator-crash', at, ...dying(chance) }),
  (at, _, chance) => ({ kind: 'coordinator-stop', at, downMs: chance.between(500, 60_000) }),
  (at, _, chance) => ({
    kind: 'store-error',
    at,
    count: chance.between(1, 6),
    moment: chance.pick(['begin', 'commit'] as const),
  }),
  (at, machine, chance) => ({
    kind: 'disk-error',
    at,
    host: chance.happens(0.5) ? coordinatorHost : machine,
    count: chance.between(1, 4),
  }),
  (at, machine, chance) => ({
    kind: 'disk-full',
    at,
    host: chance.happens(0.5) ? coordinatorHost : machine,
    forMs: chance.between(5_000, 120_000),
  }),
  (at, machine, chance) => ({
    kind: 'clock-jump',
    at,
    host: chance.happens(0.5) ? coordinatorHost : machine,
    ms: chance.pick([-3_600_000, -60_000, -500, 500, 60_000, 3_600_000]),
  }),
  (at, _, chance) => ({ kind: 'config', at, variant: chance.between(0, 4) }),
  (at, _, chance) => ({ kind: 'source-down', at, forMs: chance.between(10_000, 300_000) }),
];

/** Most deaths come within the next few calls, where two steps meet. */
function dying(chance: Chance): { calls: number; torn: number; downMs: number } {
  return {
    calls: Math.floor(chance.exponential(chance.happens(0.5) ? 6 : 60)),
    torn: chance.happens(0.5) ? chance.fraction() : 0,
    downMs: Math.floor(chance.exponential(chance.happens(0.7) ? 5_000 : 60_000)) + 50,
  };
}
