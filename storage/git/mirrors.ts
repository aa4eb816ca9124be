/** Bare mirrors in a folder, kept with the git program. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { MirrorShelf } from '../../core/retention/ports.ts';
import type { GitMirrors } from '../../core/source/ports.ts';
import type { BranchHead, Commit } from '../../core/source/types.ts';
import { translateDiskError } from '../disk/errors.ts';
import { readCheckedBranches, writeCheckedBranches } from './checked-branches.ts';
import { createCommitLog } from './commit-log.ts';
import { type Environment, makeGitEnvironment } from './environment.ts';
import { createKeyedLock } from './keyed-lock.ts';
import type { MirrorView } from './mirror-view.ts';
import { checkHash, mirrorFolder } from './names.ts';
import { createObjectReader, type ObjectReader } from './object-reader.ts';
import { endOrphans, recordRunning } from './orphans.ts';
import { type GitProcessDeps, runGit, streamGit } from './process.ts';
import { createMirrorShelf } from './shelf.ts';
import { createTrees } from './trees.ts';
import { createUpdater, exists } from './update.ts';
import { gitVersion } from './version.ts';

export interface MirrorsOptions {
  readonly dir: string;
  /** The coordinator's own environment, of which git gets what it needs to reach things. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Mirrors extends GitMirrors {
  /** Of the git program that is used now. Rejects when there is none that Croft can work with. */
  version(): Promise<string>;
  readonly shelf: MirrorShelf;
  /** Ends every git process; what was under way is rejected. */
  close(): Promise<void>;
}

/** Open `cat-file` processes; the one that was idle longest makes room. */
const openReaders = 16;
const readMs = 5 * 60_000;

/**
 * The folder belongs to one process. git processes of an earlier one that still run are ended here. Rejects with
 * `could_not_start` when there is no git that Croft can work with.
 */
export async function openGitMirrors(options: MirrorsOptions): Promise<Mirrors> {
  const { dir, clock, log } = options;
  const running = join(dir, '.running');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const orphans = await endOrphans(running, clock);
  if (orphans > 0) log.warn('git.orphans-ended', { count: orphans });
  const environment = await makeGitEnvironment(join(dir, '.home'), options.environment);
  const record = recordRunning(running);
  const deps: GitProcessDeps = { clock, onStarted: record.started, onEnded: record.ended };
  log.info('git.found', { version: await gitVersion(deps, { cwd: dir, environment }) });
  return createMirrors(options, deps, environment);
}

function createMirrors(options: MirrorsOptions, deps: GitProcessDeps, environment: Environment): Mirrors {
  const { dir: root, log } = options;
  const readers = new Map<string, ObjectReader>();
  const lock = createKeyedLock();
  const updater = createUpdater({ ...deps, log, root, environment, onReplace: restReader });
  const commitLog = createCommitLog(deps, environment);
  const trees = createTrees();

  function restReader(folder: string): void {
    readers.get(folder)?.rest();
    readers.delete(folder);
  }

  async function viewOf(repo: string): Promise<MirrorView> {
    const folder = mirrorFolder(repo);
    const gitDir = join(root, folder);
    if (!(await exists(gitDir))) throw notYet(repo);
    const objects = readers.get(folder) ?? createObjectReader(deps, { gitDir, environment });
    readers.delete(folder);
    readers.set(folder, objects);
    const [oldest] = readers.keys();
    if (readers.size > openReaders && oldest !== undefined) restReader(oldest);
    return { repo, gitDir, objects };
  }

  async function heads(repo: string): Promise<BranchHead[]> {
    const { gitDir } = await viewOf(repo);
    const output = await runGit(deps, {
      args: ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads'],
      cwd: gitDir,
      environment,
      doing: `list the branches of "${repo}"`,
      timeoutMs: readMs,
    });
    const lines = output.toString().split('\n').slice(0, -1);
    const found = lines.map((line) => {
      const space = line.indexOf(' ');
      return { branch: line.slice(space + 1 + 'refs/heads/'.length), hash: line.slice(0, space) };
    });
    // Names that are no UTF-8 can't be told apart as text, and two of them would take turns to be one branch.
    return found.filter(({ branch }) => !branch.includes('\ufffd'));
  }

  async function* archive(repo: string, hash: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    checkHash(hash);
    const view = await viewOf(repo);
    await trees.mustHave(view, hash);
    yield* streamGit(deps, {
      args: ['archive', '--format=tar', hash],
      cwd: view.gitDir,
      environment,
      doing: `archive commit ${hash} of "${repo}"`,
      timeoutMs: readMs,
      signal,
    });
  }

  return {
    async update(target, signal) {
      const folder = mirrorFolder(target.name);
      try {
        await lock.run(folder, () => updater.update(target, signal));
      } catch (error) {
        throw signal?.aborted
          ? signal.reason
          : translateDiskError(error, `keep the mirror of "${target.name}"`);
      }
    },
    defaultBranch: updater.defaultBranch,
    heads,
    checkedBranches: async (repo) => await readCheckedBranches(await viewOf(repo)),
    saveCheckedBranches: async (repo, branches) => await writeCheckedBranches(await viewOf(repo), branches),
    log: async (repo, range) => await commitLog.log(await viewOf(repo), range),
    resolve: async (repo, revision): Promise<Commit | null> =>
      await commitLog.resolve(await viewOf(repo), revision),
    listRoot: async (repo, hash) => await trees.listRoot(await viewOf(repo), hash),
    readFile: async (repo, hash, path, maxBytes) =>
      await trees.readFile(await viewOf(repo), hash, path, maxBytes),
    archive,
    shelf: createMirrorShelf({ root, lock, onRemove: (folder) => restReader(folder) }),
    version: () => gitVersion(deps, { cwd: root, environment }),
    async close() {
      await updater.close();
      for (const reader of readers.values()) reader.rest();
      readers.clear();
    },
  };
}

function notYet(repo: string): FarmError {
  return new FarmError('source_unavailable', `Repository "${repo}" has not been fetched yet`, {
    blame: 'farm',
    retry: { afterMs: 1_000 },
    details: { repo },
  });
}
