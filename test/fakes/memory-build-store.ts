import type { BuildStore } from '../../core/builds/ports.ts';
import type { Build } from '../../core/builds/types.ts';

/** The part of a build store that wanted builds go through, and what was stored. */
export interface MemoryBuilds extends Pick<BuildStore, 'create' | 'cells' | 'place' | 'build'> {
  readonly all: () => readonly Build[];
}

export function createMemoryBuilds(): MemoryBuilds {
  const builds = new Map<string, Build>();
  return {
    all: () => [...builds.values()],
    async create(wanted) {
      return wanted.map((wish) => {
        const same = [...builds.values()].find(
          (build) =>
            build.id === wish.id ||
            (wish.trigger === 'commit' &&
              build.trigger === 'commit' &&
              build.repo === wish.repo &&
              build.commit === wish.commit &&
              build.builder === wish.builder),
        );
        if (same !== undefined) return { build: same, created: false };
        const build: Build = {
          ...wish,
          state: 'waiting',
          startedAt: null,
          endedAt: null,
          attempts: 0,
          notBefore: 0,
          cancelRequestedBy: null,
          blame: null,
          message: null,
        };
        builds.set(build.id, build);
        return { build, created: true };
      });
    },
    async build(id) {
      return builds.get(id) ?? null;
    },
    async place({ repo, commit }) {
      for (const build of builds.values()) {
        const { branch, position } = build;
        if (build.repo === repo && build.commit === commit && position !== null) return { branch, position };
      }
      return null;
    },
    async cells({ repo, commits }) {
      const cells = new Map<string, Build>();
      for (const build of builds.values()) {
        if (build.repo !== repo || !commits.includes(build.commit)) continue;
        const key = `${build.commit} ${build.builder}`;
        const known = cells.get(key);
        if (known === undefined || known.createdAt <= build.createdAt) cells.set(key, build);
      }
      return [...cells.values()];
    },
  };
}
