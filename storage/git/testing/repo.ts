/** Real repositories for tests, made with the git program and nothing of the user's settings. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface TestRepo {
  readonly dir: string;
  /** Runs git in it and gives its output, without the last newline. */
  git(...args: string[]): string;
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Commits everything that is there and gives the hash. */
  commit(message: string): string;
}

/** Seconds since 1970 of the first commit; each one is a minute later. */
export const firstCommitAt = 1_900_000_000;

export async function makeTestRepo(dir: string, initArgs: readonly string[] = []): Promise<TestRepo> {
  await mkdir(dir, { recursive: true });
  let commits = 0;

  function git(...args: string[]): string {
    const at = `${firstCommitAt + commits * 60} +0200`;
    const { exitCode, stdout, stderr } = Bun.spawnSync(['git', ...args], {
      cwd: dir,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: dir,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_ALLOW_PROTOCOL: 'file',
        GIT_AUTHOR_NAME: 'Zoë Müller',
        GIT_AUTHOR_EMAIL: 'zoe@example.org',
        GIT_AUTHOR_DATE: at,
        GIT_COMMITTER_NAME: 'Committer',
        GIT_COMMITTER_EMAIL: 'committer@example.org',
        GIT_COMMITTER_DATE: at,
        LC_ALL: 'C',
      },
    });
    if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.toString()}`);
    return stdout.toString().trimEnd();
  }

  git('init', '--quiet', '--initial-branch=main', ...initArgs);
  return {
    dir,
    git,
    async write(path, content) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), content);
    },
    commit(message) {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', `--message=${message}`);
      commits++;
      return git('rev-parse', 'HEAD');
    },
  };
}
