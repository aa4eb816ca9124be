/** Which git there is, and whether Croft can work with it. */
import { FarmError } from '../../agent/wire/farm-error.ts';
import { type GitProcessDeps, runGit } from './process.ts';

/** Settings through `GIT_CONFIG_COUNT`, by which addresses with passwords stay out of every command line, came with it. */
export const oldestGit = [2, 31] as const;

const askMs = 30_000;

export interface GitVersionOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Like "2.39.5". Rejects with `could_not_start` when there is no git or one that is too old, saying what to do. */
export async function gitVersion(deps: GitProcessDeps, options: GitVersionOptions): Promise<string> {
  const output = await runGit(deps, {
    ...options,
    args: ['--version'],
    doing: 'ask git for its version',
    timeoutMs: askMs,
  });
  return checkGitVersion(output.toString());
}

/** `said` is what `git --version` wrote. */
export function checkGitVersion(said: string): string {
  const found = /\bgit version (\d+)\.(\d+)\S*/.exec(said);
  if (found === null) throw unusable(`git --version said "${said.trim().slice(0, 100)}"`);
  const [text, major, minor] = found;
  const version = text.slice('git version '.length);
  const [wantedMajor, wantedMinor] = oldestGit;
  const isOld = Number(major) < wantedMajor || (Number(major) === wantedMajor && Number(minor) < wantedMinor);
  if (isOld) throw unusable(`git ${version} is too old`);
  return version;
}

function unusable(what: string): FarmError {
  return new FarmError('could_not_start', `${what}: Croft needs git ${oldestGit.join('.')} or newer`, {
    blame: 'farm',
  });
}
