/** Real git repositories for farms under test. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface TestRepository {
  readonly dir: string;
  /** Writes files and commits them; answers the hash. */
  commit(files: Readonly<Record<string, string>>, subject?: string): string;
  git(...args: string[]): string;
}

export function makeRepository(dir: string): TestRepository {
  mkdirSync(dir, { recursive: true });
  const env = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Ann Author',
    GIT_AUTHOR_EMAIL: 'ann@example.test',
    GIT_COMMITTER_NAME: 'Ann Author',
    GIT_COMMITTER_EMAIL: 'ann@example.test',
  };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, env, encoding: 'utf8' }).trim();
  git('init', '--quiet', '--initial-branch=main');
  let count = 0;
  return {
    dir,
    git,
    commit(files, subject) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(dir, name)), { recursive: true });
        writeFileSync(join(dir, name), content);
      }
      git('add', '--all');
      count += 1;
      git('commit', '--quiet', '--allow-empty', '--message', subject ?? `Change ${count}`);
      return git('rev-parse', 'HEAD');
    },
  };
}
