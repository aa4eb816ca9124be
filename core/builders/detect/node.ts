/** JavaScript and TypeScript: package.json with npm, pnpm, yarn or bun. */
import { managerOf } from './node-managers.ts';
import { type Detector, readJsonObject } from './project.ts';

export const detectNode: Detector = async (project) => {
  const read = await readJsonObject(project, 'package.json');
  if (read === null || 'outcome' in read) return read;
  const manifest = read.object;
  const scripts = scriptsOf(manifest);
  const manager = await managerOf(project, manifest);
  const installs = needsInstall(manifest, scripts);
  const steps = [
    ...(installs ? [manager.step(manager.install)] : []),
    ...(scripts.has('build') ? [manager.step(`${manager.name} run build`)] : []),
    ...(scripts.has('test') ? [manager.step(manager.test)] : []),
  ];
  if (steps.length === 0) return null;
  const why = [
    `package.json is at the root${scriptsSeen(scripts)}.`,
    manager.why,
    ...(installs ? [] : ['It names no dependencies, so nothing is installed.']),
  ];
  return {
    outcome: 'detected',
    file: 'package.json',
    steps,
    env: {},
    tests: scripts.has('test'),
    why: why.join(' '),
    example: [...(installs ? [manager.install] : []), `${manager.name} run lint`, manager.test],
  };
};

function scriptsSeen(scripts: ReadonlyMap<string, string>): string {
  const seen = ['build', 'test'].filter((name) => scripts.has(name)).map((name) => `"${name}"`);
  if (seen.length === 0) return ', without a "build" or "test" script';
  return `, with the ${seen.length === 1 ? 'script' : 'scripts'} ${seen.join(' and ')}`;
}

/** The scripts that do something: what `npm init` writes for "test" stands for there being none. */
function scriptsOf(manifest: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const scripts = new Map<string, string>();
  for (const [name, script] of Object.entries(manifest['scripts'] ?? {})) {
    if (typeof script !== 'string' || script.trim() === '') continue;
    if (name === 'test' && /no test specified/i.test(script)) continue;
    scripts.set(name, script);
  }
  return scripts;
}

const dependencyFields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
/** Scripts that an install runs, so that leaving it out would leave them out. */
const installScripts = ['preinstall', 'install', 'postinstall', 'prepare'];

function needsInstall(
  manifest: Readonly<Record<string, unknown>>,
  scripts: ReadonlyMap<string, string>,
): boolean {
  return (
    dependencyFields.some((field) => Object.keys(manifest[field] ?? {}).length > 0) ||
    manifest['workspaces'] !== undefined ||
    installScripts.some((name) => scripts.has(name))
  );
}
