/** The farm that is seeded: its builders, host types and machines, and how much of the history is built. */
import type { TaskClass } from '../../core/scheduler/types.ts';
import { createChance } from '../fuzz/random.ts';

export interface SeedOptions {
  readonly commits: number;
  readonly builders: number;
  readonly machines: number;
  readonly waiting: number;
  /** Lines of one log, sealed as the coordinator seals it. */
  readonly logLines: number;
  readonly years: number;
  readonly seed: number;
  /** The newest moment of the history, wall clock ms. */
  readonly now: number;
}

export const usualSeed: Omit<SeedOptions, 'now'> = {
  commits: 100_000,
  builders: 100,
  machines: 5_000,
  waiting: 5_000,
  logLines: 10_000_000,
  years: 5,
  seed: 1,
};

export interface SeededBuilder {
  readonly name: string;
  readonly hostType: string;
  /** Usual duration, ms. */
  readonly usualMs: number;
  /** Commits (by position on main) before this one it has never seen. */
  readonly since: number;
  /** Builds one commit in so many: a slow builder never catches up. */
  readonly every: number;
}

export interface FarmShape {
  readonly builders: readonly SeededBuilder[];
  readonly hostTypes: readonly string[];
}

export const repoName = 'project';

const systems = ['linux', 'darwin', 'windows', 'freebsd', 'openbsd'] as const;
const architectures = ['amd64', 'arm64', '386', 'riscv64'] as const;
const flavours = ['', '-race', '-longtest', '-nocgo', '-static', '-boringcrypto'] as const;

/**
 * Three builders in ten are there from the start and the rest come one after the other over the years; one in eight is too slow for
 * every commit. So about 60 of 100 cells of the whole history have a build: six million for 100 builders and 100,000 commits.
 */
export function shapeOf(options: Pick<SeedOptions, 'builders' | 'commits' | 'seed'>): FarmShape {
  const chance = createChance(options.seed);
  const hostTypes = systems.flatMap((os) => architectures.map((arch) => `${os}-${arch}`));
  const builders = Array.from({ length: options.builders }, (_, index) => {
    const hostType = hostTypes[index % hostTypes.length] ?? 'linux-amd64';
    const round = Math.floor(index / hostTypes.length);
    const flavour = flavours[round] ?? `-variant${round}`;
    const age = index / options.builders;
    return {
      name: `${hostType}${flavour}`,
      hostType,
      usualMs: Math.round(60_000 * Math.exp(3 * fraction(chance))),
      since: age < 0.3 ? 0 : Math.floor(options.commits * ((age - 0.3) / 0.7) * 0.9),
      every: index % 8 === 7 ? 4 : 1,
    };
  });
  return { builders, hostTypes };
}

/** The newest commits are built by everyone, or the coordinator would find holes there and fill them. */
export const fullyBuilt = 60;

export function isBuilt(builder: SeededBuilder, position: number, commits: number): boolean {
  if (position >= commits - fullyBuilt) return true;
  return position >= builder.since && position % builder.every === 0;
}

export function classAt(position: number, commits: number): TaskClass {
  return position >= commits - 20 ? 'post-submit' : 'backfill';
}

export function configOf(shape: FarmShape, gitFolder: string): object {
  return {
    name: 'Five years',
    repositories: [{ name: repoName, url: gitFolder, branches: ['main'], history: 50, poll: '1h' }],
    hostTypes: shape.hostTypes.map((name) => ({ name, expected: 1 })),
    builders: shape.builders.map(({ name, hostType }) => ({ name, hostType, steps: ['make all test'] })),
  };
}

/** In [0, 1). */
export function fraction(chance: { uint32(): number }): number {
  return chance.uint32() / 2 ** 32;
}
