/** Bringing a mirror up to date: the first clone, every fetch after it, and what a killed one leaves to be cleaned up. */
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { withoutUrlSecrets } from '../../agent/kit/url-secrets.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { MirrorTarget } from '../../core/source/ports.ts';
import { systemCode } from '../disk/errors.ts';
import { type Environment, remoteName, withRemote } from './environment.ts';
import { removeLeftovers } from './leftovers.ts';
import { mirrorFolder } from './names.ts';
import { type GitProcessDeps, runGit } from './process.ts';

export interface UpdaterDeps extends GitProcessDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly root: string;
  readonly environment: Environment;
  /** The mirror is about to be replaced by another. */
  readonly onReplace: (folder: string) => void;
}

export interface Updater {
  /** One at a time for each mirror; the caller sees to that. */
  update(target: MirrorTarget, signal: AbortSignal | undefined): Promise<void>;
  defaultBranch(target: MirrorTarget): Promise<string | null>;
  close(): Promise<void>;
}

type ObjectFormat = 'sha1' | 'sha256';

const fetchMs = 60 * 60_000;
const askMs = 60_000;
/** git decides by itself whether there is anything to tidy; asking it costs some milliseconds. */
const updatesBetweenTidying = 50;

/**
 * Only branches and tags; what the remote no longer has goes, and what was pushed over is followed. `--update-shallow` makes
 * a clone without its whole history a source like any other.
 */
const fetchArgs = [
  'fetch',
  '--quiet',
  '--force',
  '--prune',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
];
const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

/** An archive is what is in the tree, all of it: these attributes would leave files out or change them. */
const attributes = '* -export-ignore -export-subst\n';

export function createUpdater(deps: UpdaterDeps): Updater {
  const { root, environment, clock } = deps;
  /** Mirrors that no leftovers can be in. */
  const clean = new Set<string>();
  const updates = new Map<string, number>();
  const tidying = new Map<string, Promise<void>>();
  const closing = new AbortController();

  async function update(target: MirrorTarget, signal: AbortSignal | undefined): Promise<void> {
    const folder = mirrorFolder(target.name);
    const gitDir = join(root, folder);
    const both = AbortSignal.any([closing.signal, ...(signal === undefined ? [] : [signal])]);
    if (!(await exists(gitDir))) return await clone(target, folder, both);
    if (!clean.has(folder) && !tidying.has(folder)) await removeLeftovers(gitDir);
    clean.delete(folder);
    try {
      await fetchInto(gitDir, target, both);
    } catch (error) {
      if (!both.aborted && (await hasOtherFormat(gitDir, target, both)))
        return await clone(target, folder, both);
      throw error;
    }
    clean.add(folder);
    tidyNowAndThen(folder);
  }

  async function fetchInto(gitDir: string, target: MirrorTarget, signal: AbortSignal): Promise<void> {
    const shallow = (await exists(join(gitDir, 'shallow'))) ? '--unshallow' : '--update-shallow';
    await runGit(deps, {
      args: [...fetchArgs, shallow, remoteName, ...refspecs],
      cwd: gitDir,
      environment: withRemote(environment, target.url),
      doing: `fetch ${describe(target)}`,
      timeoutMs: fetchMs,
      signal,
    });
    // git writes nothing when nothing is new; how long a mirror is unused (`shelf.ts`) is told by this.
    const now = clock.now() / 1_000;
    await utimes(gitDir, now, now);
  }

  /** Under another name until it is whole: a mirror that is there is complete. */
  async function clone(target: MirrorTarget, folder: string, signal: AbortSignal): Promise<void> {
    const growing = join(root, `.clone-${folder}`);
    await rm(growing, { recursive: true, force: true });
    const format = (await remoteFormat(target, signal)) ?? 'sha1';
    await mkdir(join(growing, 'info'), { recursive: true });
    await writeFile(join(growing, 'info', 'attributes'), attributes);
    await runGit(deps, {
      args: ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, growing],
      cwd: root,
      environment,
      doing: `make a mirror of ${describe(target)}`,
      timeoutMs: askMs,
      signal,
    });
    await fetchInto(growing, target, signal);
    await replace(folder, growing);
    clean.add(folder);
  }

  async function replace(folder: string, by: string): Promise<void> {
    const old = join(root, `.old-${folder}`);
    deps.onReplace(folder);
    await rm(old, { recursive: true, force: true });
    if (await exists(join(root, folder))) await rename(join(root, folder), old);
    await rename(by, join(root, folder));
    await rm(old, { recursive: true, force: true });
  }

  async function hasOtherFormat(gitDir: string, target: MirrorTarget, signal: AbortSignal): Promise<boolean> {
    try {
      const args = ['rev-parse', '--show-object-format'];
      const doing = `look at the mirror of ${describe(target)}`;
      const local = await runGit(deps, { args, cwd: gitDir, environment, doing, timeoutMs: askMs });
      const remote = await remoteFormat(target, signal);
      return remote !== null && remote !== local.toString().trim();
    } catch (error) {
      // The remote is away, which the fetch that failed has told already.
      deps.log.info('git.format-unknown', { repo: target.name, message: toFarmError(error).message });
      return false;
    }
  }

  /** Told by the length of a hash; null when there is none yet. */
  async function remoteFormat(target: MirrorTarget, signal?: AbortSignal): Promise<ObjectFormat | null> {
    const hash = /^([0-9a-f]{40,64})\t/m.exec(await listRemote(target, signal))?.[1];
    return hash === undefined ? null : hash.length === 64 ? 'sha256' : 'sha1';
  }

  async function listRemote(target: MirrorTarget, signal: AbortSignal | undefined): Promise<string> {
    const output = await runGit(deps, {
      args: ['ls-remote', '--quiet', '--symref', remoteName, 'HEAD', 'refs/heads/*'],
      cwd: root,
      environment: withRemote(environment, target.url),
      doing: `ask ${describe(target)}`,
      timeoutMs: askMs,
      signal,
    });
    return output.toString();
  }

  async function defaultBranch(target: MirrorTarget): Promise<string | null> {
    const listed = await listRemote(target, closing.signal);
    // Not `\S`: names may have white space of other scripts, and only what is ASCII is forbidden.
    const named = /^ref: refs\/heads\/([^\t\n]+)\tHEAD$/m.exec(listed)?.[1];
    if (named !== undefined) return named;
    // A server that does not say what its HEAD names: the branch that stands where it stands, if there is only one.
    const head = /^([0-9a-f]+)\tHEAD$/m.exec(listed)?.[1];
    const same = [...listed.matchAll(/^([0-9a-f]+)\trefs\/heads\/([^\t\n]+)$/gm)].filter(
      ([, hash]) => hash === head,
    );
    if (same.length === 1) return same[0]?.[2] ?? null;
    return head === undefined ? null : await fetchDetached(target);
  }

  /** A checkout of a commit that is no branch's: what stands there is followed like a branch, under the name that git gives it. */
  async function fetchDetached(target: MirrorTarget): Promise<string | null> {
    const gitDir = join(root, mirrorFolder(target.name));
    if (!(await exists(gitDir))) return null;
    await runGit(deps, {
      args: [...fetchArgs, '--update-shallow', remoteName, '+HEAD:refs/heads/HEAD'],
      cwd: gitDir,
      environment: withRemote(environment, target.url),
      doing: `fetch the HEAD of ${describe(target)}`,
      timeoutMs: fetchMs,
      signal: closing.signal,
    });
    return 'HEAD';
  }

  function tidyNowAndThen(folder: string): void {
    const count = updates.get(folder) ?? 0;
    updates.set(folder, count + 1);
    if (count % updatesBetweenTidying !== 0 || tidying.has(folder) || closing.signal.aborted) return;
    const done = tidy(folder).finally(() => tidying.delete(folder));
    tidying.set(folder, done);
  }

  async function tidy(folder: string): Promise<void> {
    try {
      await runGit(deps, {
        args: ['gc', '--auto', '--quiet'],
        cwd: join(root, folder),
        environment,
        doing: 'tidy a mirror',
        timeoutMs: fetchMs,
        signal: closing.signal,
      });
    } catch (error) {
      // The mirror is as good as before, only larger; the next time may do it.
      deps.log.warn('git.not-tidied', { mirror: folder, message: toFarmError(error).message });
    }
  }

  return {
    update,
    defaultBranch,
    async close() {
      closing.abort(goingDown());
      await Promise.all(tidying.values());
    },
  };
}

function goingDown(): FarmError {
  return new FarmError('shutting_down', 'The coordinator goes down', { blame: 'farm', retry: 'same' });
}

function describe({ name, url }: MirrorTarget): string {
  return `"${name}" from ${withoutUrlSecrets(url)}`;
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
