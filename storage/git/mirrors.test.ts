import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { bytesOf } from '../conformance/blobs.ts';
import { type Mirrors, openGitMirrors } from './mirrors.ts';
import { firstCommitAt, makeTestRepo, type TestRepo } from './testing/repo.ts';

let dir: string;
let mirrors: Mirrors;
let origin: TestRepo;

function openMirrors(): Promise<Mirrors> {
  const environment = { PATH: process.env['PATH'] };
  return openGitMirrors({
    dir: join(dir, 'mirrors'),
    environment,
    clock: createSystemClock(),
    log: silentLog,
  });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-git-'));
  mirrors = await openMirrors();
  origin = await makeTestRepo(join(dir, 'origin'));
});
afterEach(async () => {
  await mirrors.close();
  await rm(dir, { recursive: true, force: true });
});

const target = (url = origin.dir) => ({ name: 'croft', url });
const update = () => mirrors.update(target());
const logOf = (from: string, without: readonly string[] = [], limit = 100) =>
  mirrors.log('croft', { from, without, limit });

describe('updating', () => {
  test('the first one clones, later ones follow new commits, branches and tags', async () => {
    const first = origin.commit('first');
    await update();
    expect(await mirrors.heads('croft')).toEqual([{ branch: 'main', hash: first }]);
    const second = origin.commit('second');
    origin.git('branch', 'topic/äöü#1', first);
    origin.git('tag', '--annotate', '--message=t', 'v1', first);
    await update();
    expect(await mirrors.heads('croft')).toEqual([
      { branch: 'main', hash: second },
      { branch: 'topic/äöü#1', hash: first },
    ]);
    expect((await mirrors.resolve('croft', 'v1'))?.hash).toBe(first);
  });

  test('a force-push is followed, and what it pushed over can still be read', async () => {
    const base = origin.commit('base');
    await origin.write('a', 'old');
    const old = origin.commit('old');
    await update();
    origin.git('reset', '--quiet', '--hard', base);
    await origin.write('a', 'new');
    const fresh = origin.commit('new');
    await update();
    expect(await mirrors.heads('croft')).toEqual([{ branch: 'main', hash: fresh }]);
    expect((await logOf(fresh, [old])).map((commit) => commit.subject)).toEqual(['new']);
    expect(await mirrors.readFile('croft', old, 'a', 100)).toEqual({ text: 'old', cut: false });
  });

  test('a deleted branch goes, also when a folder of branches takes its name', async () => {
    const first = origin.commit('first');
    origin.git('branch', 'topic');
    await update();
    origin.git('branch', '--delete', '--force', 'topic');
    origin.git('branch', 'topic/one');
    await update();
    expect(await mirrors.heads('croft')).toEqual([
      { branch: 'main', hash: first },
      { branch: 'topic/one', hash: first },
    ]);
  });

  test('only branches and tags come along', async () => {
    const first = origin.commit('first');
    origin.git('update-ref', 'refs/changes/01/1/1', first);
    origin.git('update-ref', 'refs/pull/1/head', first);
    await update();
    const refs = await readdir(join(dir, 'mirrors', 'croft.git', 'refs'));
    expect(refs.sort()).toEqual(['heads', 'tags']);
  });

  test('an empty repository is an empty mirror, and fills later', async () => {
    await update();
    expect(await mirrors.heads('croft')).toEqual([]);
    expect(await mirrors.resolve('croft', 'main')).toBeNull();
    const first = origin.commit('first');
    await update();
    expect(await mirrors.heads('croft')).toEqual([{ branch: 'main', hash: first }]);
  });

  test('a repository with SHA-256 works the same, also where another was before', async () => {
    origin.commit('with SHA-1');
    await update();
    const modern = await makeTestRepo(join(dir, 'modern'), ['--object-format=sha256']);
    await modern.write('f/g', 'content');
    const hash = modern.commit('with SHA-256');
    expect(hash).toHaveLength(64);
    await mirrors.update(target(modern.dir));
    expect(await mirrors.heads('croft')).toEqual([{ branch: 'main', hash }]);
    expect(await mirrors.readFile('croft', hash, 'f/g', 100)).toEqual({ text: 'content', cut: false });
    expect(await mirrors.listRoot('croft', hash)).toEqual(['f/']);
    expect((await logOf(hash))[0]).toMatchObject({ hash, subject: 'with SHA-256' });
  });

  test('a clone without its whole history is a source, and grows when that does', async () => {
    for (const n of [1, 2, 3, 4]) origin.commit(`commit ${n}`);
    const shallow = join(dir, 'shallow');
    origin.git('clone', '--quiet', '--depth=2', `file://${origin.dir}`, shallow);
    await mirrors.update(target(shallow));
    expect(await logOf('main')).toHaveLength(2);
    await mirrors.update(target(shallow));
    await mirrors.update(target());
    expect(await logOf('main')).toHaveLength(4);
  });

  test('a repository that vanished is told in git’s words, and the mirror stays', async () => {
    const first = origin.commit('first');
    await update();
    await rename(origin.dir, `${origin.dir}-gone`);
    await expect(update()).rejects.toMatchObject({
      code: 'source_unavailable',
      blame: 'outside',
      message: expect.stringContaining('does not appear to be a git repository'),
    });
    expect(await mirrors.heads('croft')).toEqual([{ branch: 'main', hash: first }]);
    await rename(`${origin.dir}-gone`, origin.dir);
    await update();
  });

  test('locks and half-written packs of a git that was killed are removed', async () => {
    origin.commit('first');
    await update();
    await mirrors.close();
    const mirror = join(dir, 'mirrors', 'croft.git');
    for (const name of [
      'packed-refs.lock',
      'refs/heads/main.lock',
      'shallow.lock',
      'objects/pack/tmp_pack_x',
    ]) {
      await writeFile(join(mirror, name), '');
    }
    const second = origin.commit('second');
    mirrors = await openMirrors();
    await update();
    expect(await mirrors.heads('croft')).toEqual([{ branch: 'main', hash: second }]);
    expect(await readdir(join(mirror, 'objects/pack'))).not.toContain('tmp_pack_x');
  });

  test('a clone that was cut off begins anew', async () => {
    origin.commit('first');
    await mirrors.close();
    await Bun.$`mkdir -p ${join(dir, 'mirrors', '.clone-croft.git', 'objects')}`;
    mirrors = await openMirrors();
    await expect(mirrors.heads('croft')).rejects.toMatchObject({ code: 'source_unavailable' });
    await update();
    expect(await mirrors.heads('croft')).toHaveLength(1);
  });

  test('updates and reads at once do not disturb each other', async () => {
    let newest = origin.commit('first');
    await update();
    await Promise.all(
      Array.from({ length: 5 }, async (_, i) => {
        newest = origin.commit(`commit ${i}`);
        await update();
        expect((await logOf('main')).length).toBeGreaterThan(0);
        expect(await mirrors.listRoot('croft', (await mirrors.heads('croft'))[0]?.hash ?? '')).toEqual([]);
      }),
    );
    await update();
    expect((await mirrors.heads('croft'))[0]?.hash).toBe(newest);
  });

  test('nothing of the user’s or the repository’s settings and hooks has a say', async () => {
    const hook = join(dir, 'ran');
    origin.commit('first');
    await update();
    await writeFile(join(origin.dir, '.git/hooks/post-upload-pack'), `#!/bin/sh\ntouch ${hook}\n`);
    await chmod(join(origin.dir, '.git/hooks/post-upload-pack'), 0o755);
    await writeFile(join(dir, 'mirrors/croft.git/reference-transaction'), `#!/bin/sh\ntouch ${hook}\n`);
    origin.git('config', 'uploadpack.packObjectsHook', `touch ${hook}; exec "$@"`);
    origin.commit('second');
    await update();
    await expect(stat(hook)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('names and URLs that could mean something else are refused', async () => {
    for (const name of ['', '-x', '.', '../up', 'a//b', '/a', 'a b', 'ä', '.clone-a', 'x'.repeat(101)]) {
      const odd = { name, url: origin.dir };
      await expect(mirrors.update(odd)).rejects.toMatchObject({
        code: 'invalid_input',
        details: { field: 'repo' },
      });
    }
    for (const url of [
      '',
      '-oProxyCommand=x',
      '--upload-pack=x',
      'ext::sh -c x',
      'fd::3',
      'relative/path',
      'a\nb:c',
      'http://a b',
    ]) {
      await expect(mirrors.update(target(url))).rejects.toMatchObject({
        code: 'invalid_input',
        details: { field: 'url' },
      });
    }
  });

  test('two repositories whose names differ in case are two', async () => {
    origin.commit('first');
    const other = await makeTestRepo(join(dir, 'other'));
    await mirrors.update({ name: 'Croft/Sub', url: origin.dir });
    await mirrors.update({ name: 'croft/sub', url: other.dir });
    expect(await mirrors.heads('Croft/Sub')).toHaveLength(1);
    expect(await mirrors.heads('croft/sub')).toHaveLength(0);
  });
});

test('branches whose names are no text are left out, since they would be taken for one', async () => {
  const hash = origin.commit('first');
  const lines = [0xfe, 0xff].map((byte) => Buffer.from([...Buffer.from(`${hash} refs/heads/b`), byte, 0x0a]));
  await writeFile(join(origin.dir, '.git', 'packed-refs'), Buffer.concat(lines));
  await mirrors.update(target());
  expect(await mirrors.heads(target().name)).toEqual([{ branch: 'main', hash }]);
});

test('the branches of the last good check are kept until the mirror goes', async () => {
  origin.commit('first');
  await update();
  expect(await mirrors.checkedBranches('croft')).toBeNull();
  for (const branches of [new Set(['main', 'wide\u3000space']), new Set<string>()]) {
    await mirrors.saveCheckedBranches('croft', branches);
    expect(await mirrors.checkedBranches('croft')).toEqual(branches);
    await update();
    expect(await mirrors.checkedBranches('croft')).toEqual(branches);
  }
});

test('a look that brings nothing new is a use of the mirror all the same', async () => {
  origin.commit('first');
  await update();
  const folder = join(dir, 'mirrors', 'croft.git');
  await utimes(folder, 1_000, 1_000);
  const [before] = await mirrors.shelf.list();
  expect(before?.at).toBe(1_000_000);
  await update();
  const [after] = await mirrors.shelf.list();
  expect(after?.at).toBeGreaterThan(1_700_000_000_000);
});

describe('the default branch', () => {
  test('is what HEAD of the remote names, before anything was fetched', async () => {
    origin.commit('first');
    origin.git('branch', 'other');
    expect(await mirrors.defaultBranch(target())).toBe('main');
    origin.git('symbolic-ref', 'HEAD', 'refs/heads/other');
    expect(await mirrors.defaultBranch(target())).toBe('other');
  });

  test('may have white space in its name that is not ASCII', async () => {
    origin.commit('first');
    for (const name of ['no\u00a0break', 'wide\u3000space']) {
      origin.git('branch', name);
      origin.git('symbolic-ref', 'HEAD', `refs/heads/${name}`);
      expect(await mirrors.defaultBranch(target())).toBe(name);
    }
  });

  test('is none for a HEAD that names no branch, unless one stands alone where it stands', async () => {
    origin.commit('first');
    origin.git('checkout', '--quiet', '--detach');
    expect(await mirrors.defaultBranch(target())).toBe('main');
    origin.git('branch', 'same');
    expect(await mirrors.defaultBranch(target())).toBeNull();
    await expect(mirrors.defaultBranch(target(join(dir, 'none')))).rejects.toMatchObject({
      code: 'source_unavailable',
    });
  });
});

test('a checkout of a commit that is no branch is followed under the name HEAD', async () => {
  origin.commit('first');
  await update();
  origin.git('checkout', '--quiet', '--detach');
  for (const message of ['second', 'third']) {
    const hash = origin.commit(message);
    await update();
    expect(await mirrors.defaultBranch(target())).toBe('HEAD');
    expect(await mirrors.heads(target().name)).toContainEqual({ branch: 'HEAD', hash });
  }
  origin.git('checkout', '--quiet', 'main');
  await update();
  expect(await mirrors.defaultBranch(target())).toBe('main');
  expect((await mirrors.heads(target().name)).map(({ branch }) => branch)).toEqual(['main']);
});

describe('commits', () => {
  test('a branch, a tag, a hash and a short hash lead to the commit, in this order', async () => {
    await origin.write('a', '1');
    const first = origin.commit('first line\nsecond line of it\n\nand the rest');
    const second = origin.commit('second');
    origin.git('tag', 'light', first);
    origin.git('tag', '--annotate', '--message=m', 'heavy', first);
    origin.git('branch', first.slice(0, 7), second);
    await update();
    const expected = {
      repo: 'croft',
      hash: first,
      tree: origin.git('rev-parse', `${first}^{tree}`),
      parents: [],
      author: { name: 'Zoë Müller', email: 'zoe@example.org' },
      authoredAt: firstCommitAt * 1_000,
      committedAt: firstCommitAt * 1_000,
      subject: 'first line second line of it',
    };
    for (const revision of ['light', 'heavy', first, first.slice(0, 12), first.slice(0, 12).toUpperCase()]) {
      expect(await mirrors.resolve('croft', revision)).toEqual(expected);
    }
    expect((await mirrors.resolve('croft', first.slice(0, 7)))?.hash).toBe(second);
    expect((await mirrors.resolve('croft', 'main'))?.parents).toEqual([first]);
    expect((await logOf(first))[0]).toEqual(expected);
  });

  test('what names no commit, or asks for more than one name, is none', async () => {
    const first = origin.commit('first');
    await update();
    const tree = origin.git('rev-parse', 'HEAD^{tree}');
    for (const revision of [
      'none',
      tree,
      'f'.repeat(40),
      '0000',
      '',
      'main^',
      'main~1',
      'main@{0}',
      ':/first',
      'a..b',
      `${first}:a`,
      '-x',
      '--all',
      'main\nmain',
      'refs/heads/main',
      '^main',
      '@',
      'HEAD',
    ]) {
      expect([revision, await mirrors.resolve('croft', revision)]).toEqual([revision, null]);
    }
  });

  test('a range is what one commit reaches and others do not, newest first', async () => {
    const hashes = [1, 2, 3, 4, 5].map((n) => origin.commit(`commit ${n}`));
    origin.git('checkout', '--quiet', '-b', 'side', hashes[1] ?? '');
    const side = origin.commit('side');
    origin.git('checkout', '--quiet', 'main');
    origin.git('merge', '--quiet', '--no-ff', '--message=merge', 'side');
    const merge = origin.git('rev-parse', 'HEAD');
    await update();
    const subjects = async (...args: Parameters<typeof logOf>) =>
      (await logOf(...args)).map((commit) => commit.subject);
    expect(await subjects(hashes[4] ?? '', [hashes[1] ?? ''])).toEqual(['commit 5', 'commit 4', 'commit 3']);
    expect(await subjects(hashes[4] ?? '', [], 2)).toEqual(['commit 5', 'commit 4']);
    expect(await subjects(merge, [hashes[4] ?? ''])).toEqual(['merge', 'side']);
    expect(await subjects(merge, [hashes[4] ?? '', side])).toEqual(['merge']);
    expect(await subjects('main', [merge])).toEqual([]);
    expect(await subjects('main', ['e'.repeat(40)], 1)).toEqual(['merge']);
    const firstParents = await mirrors.log('croft', {
      from: merge,
      without: [],
      limit: 9,
      firstParent: true,
    });
    expect(firstParents.map((commit) => commit.subject)).not.toContain('side');
    await expect(subjects('none')).rejects.toMatchObject({ code: 'source_unavailable' });
    await expect(subjects('main', ['--all'])).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('odd messages and people come through as they are, from both ways of reading', async () => {
    const messages = [
      '',
      '\n\n  indented',
      'tab\there',
      `${'long '.repeat(200)}`,
      '日本語 𝄞',
      'a\r\nb',
      '-- --all',
    ];
    const hashes: string[] = [];
    for (const message of messages) {
      await writeFile(join(dir, 'message'), message);
      origin.git(
        'commit',
        '--quiet',
        '--allow-empty',
        '--allow-empty-message',
        '--cleanup=verbatim',
        `--file=${join(dir, 'message')}`,
      );
      hashes.push(origin.git('rev-parse', 'HEAD'));
    }
    await writeFile(join(dir, 'message'), Buffer.from('gr\xfc\xdfe', 'latin1'));
    origin.git(
      '-c',
      'i18n.commitEncoding=ISO-8859-1',
      'commit',
      '--quiet',
      '--allow-empty',
      `--file=${join(dir, 'message')}`,
    );
    hashes.push(origin.git('rev-parse', 'HEAD'));
    await update();
    const listed = [...(await logOf('main'))].reverse();
    expect(listed.map((commit) => commit.hash)).toEqual(hashes);
    for (const commit of listed) expect(await mirrors.resolve('croft', commit.hash)).toEqual(commit);
    expect(listed.at(-1)?.subject).toBe('grüße');
    expect(listed[4]?.subject).toBe('日本語 𝄞');
    expect(listed[3]?.subject.length).toBe(500);
  });
});

describe('files', () => {
  test('the root is listed, folders with a slash', async () => {
    await origin.write('b.txt', 'b');
    await origin.write('dir/inner', 'x');
    await origin.write('-rf', 'odd');
    await origin.write('ü "q" \n', 'odd');
    await symlink('b.txt', join(origin.dir, 'link'));
    const module = await makeTestRepo(join(dir, 'module'));
    module.commit('module');
    origin.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', module.dir, 'sub');
    const hash = origin.commit('files');
    await update();
    const listed = await mirrors.listRoot('croft', hash);
    expect([...listed].sort()).toEqual(
      ['-rf', '.gitmodules', 'b.txt', 'dir/', 'link', 'sub/', 'ü "q" \n'].sort(),
    );
    expect(await mirrors.readFile('croft', hash, '-rf', 10)).toEqual({ text: 'odd', cut: false });
    expect(await mirrors.readFile('croft', hash, 'ü "q" \n', 10)).toEqual({ text: 'odd', cut: false });
    expect(await mirrors.readFile('croft', hash, 'dir/inner', 10)).toEqual({ text: 'x', cut: false });
    for (const none of [
      'link',
      'sub',
      'dir',
      'none',
      'b.txt/x',
      '',
      '.',
      './b.txt',
      'dir/../b.txt',
      '/b.txt',
      'sub/x',
    ]) {
      expect([none, await mirrors.readFile('croft', hash, none, 10)]).toEqual([none, null]);
    }
  });

  test('a large file is cut, between two characters, and the next question is answered right', async () => {
    await origin.write('large', 'é'.repeat(5_000_000));
    await origin.write('small', 'small');
    await origin.write('empty', '');
    const hash = origin.commit('large');
    await update();
    for (let round = 0; round < 3; round++) {
      expect(await mirrors.readFile('croft', hash, 'large', 11)).toEqual({ text: 'ééééé', cut: true });
      expect(await mirrors.readFile('croft', hash, 'small', 5)).toEqual({ text: 'small', cut: false });
      expect(await mirrors.readFile('croft', hash, 'empty', 5)).toEqual({ text: '', cut: false });
    }
    expect((await mirrors.readFile('croft', hash, 'large', 1e9))?.text.length).toBe(5_000_000);
  });

  test('many questions at once are each answered with their own', async () => {
    for (let i = 0; i < 40; i++) await origin.write(`f${i}`, `content ${i}`);
    const hash = origin.commit('many');
    await update();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => mirrors.readFile('croft', hash, `f${i}`, 100)),
    );
    expect(answers.map((answer) => answer?.text)).toEqual(
      Array.from({ length: 40 }, (_, i) => `content ${i}`),
    );
  });

  test('a commit that is not there is told', async () => {
    origin.commit('first');
    await update();
    const none = { code: 'source_unavailable' };
    await expect(mirrors.listRoot('croft', 'f'.repeat(40))).rejects.toMatchObject(none);
    await expect(mirrors.readFile('croft', 'f'.repeat(40), 'a', 1)).rejects.toMatchObject(none);
    await expect(bytesOf(mirrors.archive('croft', 'f'.repeat(40)))).rejects.toMatchObject(none);
    for (const odd of ['main', '--all', 'HEAD']) {
      const refused = { code: 'invalid_input', details: { field: 'hash' } };
      await expect(mirrors.listRoot('croft', odd)).rejects.toMatchObject(refused);
      await expect(bytesOf(mirrors.archive('croft', odd))).rejects.toMatchObject(refused);
    }
    await expect(mirrors.heads('never')).rejects.toMatchObject({
      message: expect.stringContaining('not been fetched'),
    });
  });
});

describe('archives', () => {
  async function unpack(hash: string): Promise<string> {
    const to = join(dir, `unpacked-${hash.slice(0, 8)}`);
    await Bun.$`mkdir ${to}`;
    const tar = await bytesOf(mirrors.archive('croft', hash));
    await writeFile(join(dir, 'a.tar'), tar);
    await Bun.$`tar -xf ${join(dir, 'a.tar')} -C ${to}`.quiet();
    return to;
  }

  test('hold every file of the tree, whatever the attributes say', async () => {
    await origin.write('.gitattributes', 'tests export-ignore\nversion export-subst\n');
    await origin.write('tests/t.sh', '#!/bin/sh\n');
    await chmod(join(origin.dir, 'tests/t.sh'), 0o755);
    await origin.write('version', '$Format:%H$');
    await origin.write('odd name ü\n', 'x');
    await symlink('tests', join(origin.dir, 'link'));
    const hash = origin.commit('all');
    await update();
    const unpacked = await unpack(hash);
    expect((await readdir(unpacked)).sort()).toEqual(
      ['.gitattributes', 'link', 'odd name ü\n', 'tests', 'version'].sort(),
    );
    expect(await Bun.file(join(unpacked, 'version')).text()).toBe('$Format:%H$');
    expect((await stat(join(unpacked, 'tests/t.sh'))).mode & 0o777).toBe(0o755);
    expect((await stat(join(unpacked, 'version'))).mode & 0o777).toBe(0o644);
  });

  test('are the same bytes each time', async () => {
    await origin.write('a', 'x'.repeat(100_000));
    const hash = origin.commit('one');
    await update();
    const first = await bytesOf(mirrors.archive('croft', hash));
    expect(Buffer.compare(await bytesOf(mirrors.archive('croft', hash)), first)).toBe(0);
  });

  test('end with the reader or the signal, and no process stays behind', async () => {
    await origin.write('large', Buffer.alloc(30_000_000, 'x'));
    const hash = origin.commit('large');
    await update();
    for await (const chunk of mirrors.archive('croft', hash)) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    const aborting = new AbortController();
    const reason = new Error('enough');
    const reading = (async () => {
      for await (const _ of mirrors.archive('croft', hash, aborting.signal)) aborting.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    await mirrors.close();
    for (let i = 0; i < 100 && (await readdir(join(dir, 'mirrors/.running'))).length > 0; i++)
      await Bun.sleep(20);
    expect(await readdir(join(dir, 'mirrors/.running'))).toEqual([]);
  });

  test('a slow reader holds git back instead of filling the memory', async () => {
    origin.git('config', 'core.compression', '0');
    await origin.write('large', Buffer.alloc(30_000_000, 'x'));
    const hash = origin.commit('large');
    await update();
    const running = () => readdir(join(dir, 'mirrors/.running'));
    const others = (await running()).length;
    let bytes = 0;
    for await (const chunk of mirrors.archive('croft', hash)) {
      if (bytes === 0) {
        await Bun.sleep(200);
        // It has not written it all, and waits for us.
        expect((await running()).length).toBeGreaterThan(others);
      }
      bytes += chunk.byteLength;
    }
    expect(bytes).toBeGreaterThan(30_000_000);
  });
});
