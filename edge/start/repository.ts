/** Which repository `croft start` watches, checked before anything is started, so that a slip is told at once. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../../agent/kit/clock.ts';
import { withoutUrlSecrets } from '../../agent/kit/url-secrets.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';

export interface GitAnswer {
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs git and gives what it says; `exitCode` null: it was ended by the time limit. */
export type Git = (args: readonly string[], cwd: string) => Promise<GitAnswer>;

const timeLimitMs = 30_000;

export function createGit(deps: {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string>>;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}): Git {
  return async (args, cwd) => {
    const program = Bun.which('git', { PATH: deps.env['PATH'] ?? '' });
    if (program === null) {
      throw new FarmError('could_not_start', 'git is needed and is not in PATH; install it', {
        blame: 'machine',
      });
    }
    const child = Bun.spawn([program, ...args], {
      cwd,
      // It must fail rather than ask for a password or a host key.
      env: { GIT_SSH_COMMAND: 'ssh -o BatchMode=yes', ...deps.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
      signal: deps.signal,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    let expired = false;
    const timer = deps.clock.after(timeLimitMs, () => {
      expired = true;
      child.kill('SIGKILL');
    });
    try {
      const [output, errors] = await Promise.all([
        Bun.readableStreamToText(child.stdout),
        Bun.readableStreamToText(child.stderr),
      ]);
      await child.exited;
      return { exitCode: expired ? null : child.exitCode, output: output.trim(), errors: errors.trim() };
    } finally {
      timer.cancel();
    }
  };
}

/** The repository that contains `cwd`, as an absolute path; rejects with what to do when there is none. */
export async function repositoryHere(git: Git, cwd: string): Promise<string> {
  const found = await git(['rev-parse', '--show-toplevel'], cwd);
  if (found.exitCode === 0 && found.output !== '') return found.output;
  throw new FarmError(
    'invalid_input',
    `${cwd} is in no git repository; name one with --repo URL-or-path, or a configuration with --config FILE`,
    { blame: 'caller' },
  );
}

/**
 * An existing folder becomes an absolute path; anything else is an address that git must be able to reach now, unless
 * `mayBeAway` (a farm that has been here before goes on without it).
 */
export async function resolveRepository(
  git: Git,
  request: { readonly repo: string; readonly cwd: string; readonly mayBeAway: boolean },
): Promise<{ readonly repo: string; readonly warning: string | null }> {
  const path = resolve(request.cwd, request.repo);
  if (existsSync(path)) {
    const folder = await git(['rev-parse', '--absolute-git-dir'], path);
    if (folder.exitCode !== 0) throw unusable(request.repo, folder, 'it is no git repository');
    const top = await git(['rev-parse', '--show-toplevel'], path);
    return { repo: top.exitCode === 0 && top.output !== '' ? top.output : path, warning: null };
  }
  if (looksLikePath(request.repo)) {
    throw new FarmError('invalid_input', `--repo ${request.repo}: there is no such folder`, {
      blame: 'caller',
    });
  }
  const answer = await git(['ls-remote', '--', request.repo, 'HEAD'], request.cwd);
  if (answer.exitCode === 0) return { repo: request.repo, warning: null };
  const error = unusable(request.repo, answer, 'it did not answer in time');
  if (!request.mayBeAway) throw error;
  return { repo: request.repo, warning: error.message };
}

/** `user@host:path` and `scheme://…` are addresses; all else can only be meant as a folder. */
export function looksLikePath(repo: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(repo) && !/^[^/\\]+:/.test(repo);
}

function unusable(repo: string, answer: GitAnswer, otherwise: string): FarmError {
  const words = answer.errors.split('\n').find((line) => /^(fatal|error|ssh):/.test(line)) ?? otherwise;
  const text = withoutUrlSecrets(words.replace(/^(fatal|error): /, ''));
  return new FarmError('source_unavailable', `--repo ${withoutUrlSecrets(repo)}: ${text}`, {
    blame: 'caller',
  });
}
