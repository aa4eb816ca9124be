import { describe, expect, test } from 'bun:test';
import { commit, hash, newBuild, noon } from './samples.ts';
import { freshStores, type MakeHome } from './stores.ts';

const main = { repo: 'croft', branch: 'main', seenAt: noon };

export function sourceStoreConformance(name: string, makeHome: MakeHome): void {
  describe(`source store: ${name}`, () => {
    const stores = freshStores(makeHome);

    test('a repository is known from its first check or commit on, and survives closing', async () => {
      const { source } = stores.now;
      expect(await source.state('croft')).toBeNull();
      await source.recordCommits({ ...main, head: hash(2), commits: [commit(1), commit(2)] });
      await source.recordCheck({ repo: 'go', at: noon, error: 'no route to host', defaultBranch: null });
      await stores.reopen();
      expect(await stores.now.source.states()).toEqual([
        {
          repo: 'croft',
          lastCheckedAt: null,
          lastError: null,
          defaultBranch: null,
          heads: [{ branch: 'main', hash: hash(2) }],
        },
        { repo: 'go', lastCheckedAt: noon, lastError: 'no route to host', defaultBranch: null, heads: [] },
      ]);
    });

    test('a check that failed keeps the default branch, one that succeeded replaces it', async () => {
      const { source } = stores.now;
      const check = { repo: 'croft', at: noon, error: null, defaultBranch: 'main' };
      await source.recordCheck(check);
      await source.recordCheck({ ...check, at: noon + 1, error: 'gone', defaultBranch: null });
      expect(await source.state('croft')).toMatchObject({ defaultBranch: 'main', lastError: 'gone' });
      await source.recordCheck({ ...check, at: noon + 2, defaultBranch: null });
      expect(await source.state('croft')).toMatchObject({
        defaultBranch: null,
        lastError: null,
        lastCheckedAt: noon + 2,
      });
    });

    test('positions grow in the order of finding, and a commit keeps its place', async () => {
      const { source } = stores.now;
      const first = await source.recordCommits({ ...main, head: hash(2), commits: [commit(1), commit(2)] });
      expect(first.map((each) => [each.hash, each.position, each.branch])).toEqual([
        [hash(1), 0, 'main'],
        [hash(2), 1, 'main'],
      ]);
      expect(first[0]).toEqual({ ...commit(1), branch: 'main', position: 0, seenAt: noon });
      const again = { ...main, head: hash(3), commits: [commit(2), commit(3)], seenAt: noon + 5 };
      expect((await source.recordCommits(again)).map((each) => each.position)).toEqual([2]);
      expect(await source.recordCommits(again)).toEqual([]);
      const other = await source.recordCommits({ ...again, branch: 'dev' });
      expect(other.map((each) => each.position)).toEqual([0, 1]);
    });

    test('after a force-push and after a removed branch comes back, positions go on growing', async () => {
      const { source } = stores.now;
      await source.recordCommits({ ...main, head: hash(2), commits: [commit(1), commit(2)] });
      await source.recordCommits({ ...main, head: hash(9), commits: [commit(9)] });
      await source.removeBranch({ repo: 'croft', branch: 'main' });
      expect((await source.state('croft'))?.heads).toEqual([]);
      expect(await source.branchCommits({ repo: 'croft', branch: 'main', limit: 9 })).toHaveLength(3);
      const back = await source.recordCommits({ ...main, head: hash(10), commits: [commit(9), commit(10)] });
      expect(back.map((each) => each.position)).toEqual([3]);
      expect((await source.state('croft'))?.heads).toEqual([{ branch: 'main', hash: hash(10) }]);
      await source.removeBranch({ repo: 'croft', branch: 'never-there' });
    });

    test('one discovery stored twice at once is stored once', async () => {
      const { source } = stores.now;
      const found = { ...main, head: hash(3), commits: [commit(1), commit(2), commit(3)] };
      const answers = await Promise.all([1, 2, 3].map(() => source.recordCommits(found)));
      expect(answers.map((each) => each.length)).toEqual([3, 0, 0]);
      expect(await source.branchCommits({ repo: 'croft', branch: 'main', limit: 9 })).toHaveLength(3);
    });

    test('pages of a branch are newest first and complete', async () => {
      const { source } = stores.now;
      const commits = Array.from({ length: 25 }, (_, i) => commit(i + 1));
      await source.recordCommits({ ...main, head: hash(25), commits });
      const positions: number[] = [];
      for (let before = 1_000; ; before = positions.at(-1) ?? 0) {
        const page = await source.branchCommits({ repo: 'croft', branch: 'main', before, limit: 7 });
        if (page.length === 0) break;
        positions.push(...page.map((each) => each.position));
        const lines = page.map(({ position, hash, subject, author }) => ({
          position,
          hash,
          subject,
          author,
        }));
        expect(await source.commitLines({ repo: 'croft', branch: 'main', before, limit: 7 })).toEqual(lines);
      }
      expect(positions).toEqual(Array.from({ length: 25 }, (_, i) => 24 - i));
      expect(await source.branchCommits({ repo: 'go', branch: 'main', limit: 7 })).toEqual([]);
    });

    test('a commit asked for by hand is remembered, and the first account of it stays', async () => {
      const { source } = stores.now;
      const odd = commit(7, {
        parents: [hash(5), hash(6)],
        subject: '-- \u0001 "quoted" 𝄞',
        authoredAt: -86_400_000,
      });
      await source.saveCommit(odd);
      await source.saveCommit({ ...odd, subject: 'other' });
      expect(await source.commit('croft', hash(7))).toEqual(odd);
      expect(await source.commit('croft', hash(8))).toBeNull();
      expect(await source.commit('go', hash(7))).toBeNull();
      const long = commit(1, { hash: 'f'.repeat(64), tree: 'e'.repeat(64) });
      await source.saveCommit(long);
      expect(await source.commit('croft', 'f'.repeat(64))).toEqual(long);
    });

    test('unbuilt: the places from a position on without a build of the builder, as builds come and commits too', async () => {
      const { source, builds } = stores.now;
      const commits = Array.from({ length: 8 }, (_, i) => commit(i + 1));
      await source.recordCommits({ ...main, head: hash(8), commits });
      const search = async (builder: string, from: number) =>
        (await source.unbuilt({ repo: 'croft', branch: 'main', builder, from })).map((each) => each.position);
      expect(await search('linux', 5)).toEqual([7, 6, 5]);
      await builds.create([
        newBuild('b1', { commit: hash(8) }),
        newBuild('b2', { commit: hash(5) }),
        newBuild('b3', { commit: hash(7), builder: 'mac' }),
        newBuild('b4', { commit: hash(6), repo: 'go' }),
      ]);
      expect(await search('linux', 0)).toEqual([6, 5, 3, 2, 1, 0]);
      expect(await search('linux', 3)).toEqual([6, 5, 3]);
      expect(await search('mac', 5)).toEqual([7, 5]);
      await builds.create([1, 2, 3, 4, 6, 7].map((n) => newBuild(`c${n}`, { commit: hash(n) })));
      expect(await search('linux', 0)).toEqual([]);
      await source.recordCommits({ ...main, head: hash(9), commits: [commit(9)] });
      expect(await search('linux', 0)).toEqual([8]);
      expect(await search('mac', 0)).toEqual([8, 7, 5, 4, 3, 2, 1, 0]);
      expect(await search('none', 8)).toEqual([8]);
    });

    test('the archive of a tree is remembered by repository and tree', async () => {
      const { source } = stores.now;
      const archive = {
        repo: 'croft',
        tree: hash(1),
        digest: `sha256:${'a'.repeat(64)}`,
        bytes: 5_000_000_000,
        blobKey: 'archives/a',
        createdAt: noon,
      };
      expect(await source.archive(archive)).toBeNull();
      await source.saveArchive(archive);
      expect(await source.archive({ repo: 'croft', tree: hash(1) })).toEqual(archive);
      expect(await source.archive({ repo: 'go', tree: hash(1) })).toBeNull();
      await source.saveArchive({ ...archive, blobKey: 'archives/b' });
      expect(await source.archive(archive)).toMatchObject({ blobKey: 'archives/b' });
    });
  });
}
