/** The git server of the bottle: one repository, whose commits are small trees. */

import type { Clock } from '../../../agent/kit/clock.ts';
import type { GitMirrors } from '../../../core/source/ports.ts';
import { createFakeMirrors, createFakeRemote, type FakeRemote } from '../../fakes/git-remote.ts';
import type { Chance } from '../kernel/chance.ts';

export const repositoryName = 'project';
export const repositoryUrl = '/srv/git/project.git';

export interface GitServer {
  readonly remote: FakeRemote;
  push(branch: string, commits: number): readonly string[];
  /** As one process of the coordinator sees it. */
  mirrors(clock: Clock, chance: Chance): GitMirrors;
}

export function createGitServer(): GitServer {
  const remote = createFakeRemote(repositoryUrl);
  const mirrors = createFakeMirrors(remote);
  return {
    remote,
    push(branch, commits) {
      // One tree in seven is there again, as after a revert.
      return Array.from({ length: commits }, () =>
        remote.push(branch, { version: String(remote.commits.size % 7) }),
      );
    },
    mirrors: (clock, chance) => ({
      ...mirrors,
      async update(target, signal) {
        await clock.sleep(5 + chance.exponential(100), signal);
        await mirrors.update(target, signal);
      },
      async *archive(repo, hash, signal) {
        await clock.sleep(1 + chance.exponential(20), signal);
        const version = await mirrors.readFile(repo, hash, 'version', 100);
        yield tarOf('version.txt', `${version?.text ?? ''}\n`);
      },
    }),
  };
}

/** A tar of one file (POSIX ustar). */
function tarOf(name: string, content: string): Uint8Array {
  const bytes = Buffer.alloc(512 * 4);
  const size = Buffer.byteLength(content);
  bytes.write(name, 0);
  bytes.write('0000644\0', 100);
  bytes.write('0000000\0', 108);
  bytes.write('0000000\0', 116);
  bytes.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  bytes.write('00000000000\0', 136);
  bytes.write('        ', 148);
  bytes.write('0', 156);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  bytes.write(content, 512);
  return bytes;
}
