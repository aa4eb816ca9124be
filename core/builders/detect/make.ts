/** A Makefile with a target that tests. */
import { type Detector, step } from './project.ts';

export const detectMake: Detector = async (project) => {
  const file = project.firstFile('GNUmakefile', 'makefile', 'Makefile');
  if (file === null) return null;
  const targets = targetsOf((await project.read(file)) ?? '');
  const build = ['build', 'all'].find((target) => targets.has(target));
  const test = ['test', 'check', 'tests'].find((target) => targets.has(target));
  // The first target of a Makefile may be anything, such as one that deploys; only names that say what they do are run.
  const chosen = [build, test].filter((target) => target !== undefined);
  if (chosen.length === 0) return null;
  return {
    outcome: 'detected',
    file,
    steps: chosen.map((target) => step(`make ${target}`)),
    env: {},
    tests: test !== undefined,
    why: `${file} is at the root and has the ${chosen.length === 1 ? 'target' : 'targets'} ${chosen.join(' and ')}.`,
    example: ['make', 'make check'],
  };
};

/** Names before a single or double colon at the start of a line; assignments and recipes are passed over. */
export function targetsOf(makefile: string): ReadonlySet<string> {
  const targets = new Set<string>();
  for (const line of makefile.replaceAll('\\\n', ' ').split('\n')) {
    const names = /^([A-Za-z0-9_./% -]+?)\s*::?(?![:=])/.exec(line)?.[1];
    for (const name of names?.trim().split(/\s+/) ?? []) targets.add(name);
  }
  return targets;
}
