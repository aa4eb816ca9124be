/** Croft itself as a workload: a clone of the checkout this file stands in, so that its history holds still. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../farm/processes.ts';
import { run } from './command.ts';
import type { WorkloadBuilder } from './types.ts';

export const croftName = 'croft';

/** The whole `npm test` starts farms and browsers, which is too much for a machine that is one already. */
export const croftBuilders: readonly WorkloadBuilder[] = [
  {
    name: 'croft-unit',
    timeout: '20m',
    silence: '10m',
    steps: ['npm ci --no-audit --no-fund', 'npm test -- unit'],
  },
];

/** Answers the folder of the clone, made anew. */
export function cloneOfCroft(dir: string): string {
  const clone = join(dir, 'repositories', croftName);
  rmSync(clone, { recursive: true, force: true });
  run('git', ['clone', '--quiet', '--no-tags', root, clone]);
  // A checkout of CI may stand on no branch.
  run('git', ['checkout', '--quiet', '-B', 'main'], { cwd: clone });
  return clone;
}
