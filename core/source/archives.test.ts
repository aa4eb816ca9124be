import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createFaults } from '../../test/fakes/faults.ts';
import { createFakeMirrors, createFakeRemote } from '../../test/fakes/git-remote.ts';
import { createMemoryBlobs } from '../../test/fakes/memory-blobs.ts';
import { createMemorySourceStore } from '../../test/fakes/memory-source-store.ts';
import { createBlobHolds } from '../blobs/index.ts';
import type { BlobStore } from '../blobs/ports.ts';
import { createArchives } from './archives.ts';
import type { Commit, SourceArchive } from './types.ts';

async function world() {
  const remote = createFakeRemote();
  const hashes = [{ a: '1' }, { a: '2' }, { a: '1' }].map((files) => remote.push('main', files));
  const mirrors = createFakeMirrors(remote);
  await mirrors.update({ name: 'project', url: remote.url });
  const commits: Commit[] = [];
  for (const hash of hashes) commits.push((await mirrors.resolve('project', hash)) ?? fail());
  const [first = fail(), other = fail(), sameTree = fail()] = commits;
  const blobs = createMemoryBlobs();
  const store = createMemorySourceStore();
  const clock = createManualClock(7);
  let made = 0;
  const counting = {
    archive(repo: string, hash: string) {
      made++;
      return mirrors.archive(repo, hash);
    },
  };
  const deps = { mirrors: counting, store, blobs, clock, holds: createBlobHolds() };
  return { deps, first, other, sameTree, blobs, store, clock, made: () => made };
}

function fail(): never {
  throw new Error('The fixture is wrong');
}

async function digestOf(blobs: BlobStore, key: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of blobs.get(key)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

async function expectTrue(blobs: BlobStore, archive: SourceArchive): Promise<void> {
  expect(archive.digest).toBe(await digestOf(blobs, archive.blobKey));
  expect(archive.bytes).toBe((await blobs.stat(archive.blobKey))?.bytes ?? -1);
}

describe('archives', () => {
  test('one is made for a tree, whichever commit has it', async () => {
    const it = await world();
    const archives = createArchives(it.deps);
    const archive = await archives.of(it.first);
    expect(archive).toMatchObject({ repo: 'project', tree: it.first.tree, createdAt: 7 });
    await expectTrue(it.blobs, archive);
    expect(await archives.of(it.sameTree)).toEqual(archive);
    expect(it.made()).toBe(1);
    expect((await archives.of(it.other)).blobKey).not.toBe(archive.blobKey);
    expect(await it.store.archive({ repo: 'project', tree: it.first.tree })).toEqual(archive);
  });

  test('those who ask at once share the work', async () => {
    const it = await world();
    const archives = createArchives(it.deps);
    const all = await Promise.all([it.first, it.sameTree, it.first].map((commit) => archives.of(commit)));
    expect(new Set(all.map(({ digest }) => digest)).size).toBe(1);
    expect(it.made()).toBe(1);
  });

  test('after a crash between put and save the digest is of the bytes that are stored', async () => {
    const it = await world();
    const faults = createFaults();
    faults.arm(1, 'before');
    await expect(createArchives({ ...it.deps, store: faults.over(it.store) }).of(it.first)).rejects.toThrow(
      'fault',
    );
    expect(await it.store.archive({ repo: 'project', tree: it.first.tree })).toBeNull();
    // The bytes of another commit's tar are not those that the crash left behind.
    const archive = await createArchives(it.deps).of(it.sameTree);
    await expectTrue(it.blobs, archive);
  });

  test('a blob that went away is made again', async () => {
    const it = await world();
    const archives = createArchives(it.deps);
    const archive = await archives.of(it.first);
    await it.blobs.remove(archive.blobKey);
    const again = await archives.of(it.sameTree);
    await expectTrue(it.blobs, again);
    expect(again.digest).not.toBe(archive.digest);
    expect(await it.store.archive({ repo: 'project', tree: it.first.tree })).toEqual(again);
  });

  test('git failing half-way leaves nothing, and the next who asks gets it', async () => {
    const it = await world();
    let fails = true;
    const { archive } = it.deps.mirrors;
    const flaky = {
      async *archive(repo: string, hash: string) {
        const content = archive(repo, hash);
        for await (const chunk of content) {
          yield chunk;
          if (fails) throw new Error('git died');
        }
      },
    };
    const archives = createArchives({ ...it.deps, mirrors: flaky });
    await expect(archives.of(it.first)).rejects.toThrow('git died');
    fails = false;
    await expectTrue(it.blobs, await archives.of(it.first));
  });

  test('a git that hangs is given up', async () => {
    const it = await world();
    const hanging = {
      archive: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
      }),
    };
    const asked = createArchives({ ...it.deps, mirrors: hanging }).of(it.first);
    const outcome = asked.catch((error: unknown) => error);
    await it.clock.advance(5 * 60_000);
    expect(await outcome).toMatchObject({ code: 'timed_out' });
    expect(it.clock.waiting).toBe(0);
  });

  test('who goes away takes the work from nobody', async () => {
    const it = await world();
    const archives = createArchives(it.deps);
    const leaving = new AbortController();
    const left = archives.of(it.first, leaving.signal);
    const stayed = archives.of(it.first);
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    await expectTrue(it.blobs, await stayed);
    expect(it.made()).toBe(1);
  });
});
