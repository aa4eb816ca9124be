import { describe, expect, test } from 'bun:test';
import type { FarmConfig, Repository } from '../builders/index.ts';
import type { BranchCommit } from '../source/types.ts';
import { missingBuilds, wantedBuilds } from './rules.ts';

function places(...positions: number[]): BranchCommit[] {
  return positions.map(
    (position) => ({ position, hash: `h${position}`, branch: 'main', committedAt: position }) as BranchCommit,
  );
}
const builder = (name: string) => ({ name, hostType: 'linux', priority: 0, attempts: 3 });
const config = { builders: [builder('a'), builder('b'), builder('x')] } as unknown as FarmConfig;
const repository = { name: 'r', builders: ['a', 'b'], history: 3 } as unknown as Repository;

describe('wanted builds', () => {
  test('every commit by every builder of the repository, the head first and as post-submit', () => {
    const wanted = wantedBuilds(config, repository, { head: 'h2', commits: places(1, 2) });
    expect(wanted.map(({ commit, builder: name, class: its }) => [commit, name, its])).toEqual([
      ['h2', 'a', 'post-submit'],
      ['h2', 'b', 'post-submit'],
      ['h1', 'a', 'backfill'],
      ['h1', 'b', 'backfill'],
    ]);
  });
});

describe('what a crash or a new builder left', () => {
  const positionsOf = (found: readonly BranchCommit[]) => found.map(({ position }) => position);
  test('a new builder gets its history and no more', () => {
    const unbuilt = places(9, 8, 7, 6, 5);
    expect(
      positionsOf(missingBuilds({ unbuilt, headPosition: 9, history: 3, hasPlaceBelow: false })),
    ).toEqual([9, 8, 7]);
  });
  test('commits found before a crash are all built, however many', () => {
    const unbuilt = places(9, 8, 7, 6, 5);
    expect(positionsOf(missingBuilds({ unbuilt, headPosition: 9, history: 3, hasPlaceBelow: true }))).toEqual(
      [9, 8, 7, 6, 5],
    );
  });
  test('old holes below the history stay', () => {
    const unbuilt = places(8, 4, 3);
    expect(positionsOf(missingBuilds({ unbuilt, headPosition: 9, history: 3, hasPlaceBelow: true }))).toEqual(
      [8],
    );
  });
});
