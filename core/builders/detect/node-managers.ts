/** Which package manager a repository means, and how it is called where it may not be installed. */
import { type DetectedStep, type Project, step } from './project.ts';

export interface Manager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun';
  readonly install: string;
  readonly test: string;
  /** Full sentence: what decided. */
  readonly why: string;
  /** A step that runs `line` with this manager, installed or not. */
  step(line: string): DetectedStep;
}

const lockFiles: Readonly<Record<Manager['name'], readonly string[]>> = {
  bun: ['bun.lock', 'bun.lockb'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
  npm: ['package-lock.json', 'npm-shrinkwrap.json'],
};
const order = ['bun', 'pnpm', 'yarn', 'npm'] as const;

/** The `packageManager` field decides, then the lock file, then there is npm. */
export async function managerOf(
  project: Project,
  manifest: Readonly<Record<string, unknown>>,
): Promise<Manager> {
  const pinned = pinOf(manifest['packageManager']);
  const locked = order.find((name) => project.firstFile(...lockFiles[name]) !== null) ?? null;
  const name = pinned?.name ?? locked ?? 'npm';
  const lock = project.firstFile(...lockFiles[name]);
  const seen =
    pinned !== null
      ? `Its packageManager field says ${pinned.name}`
      : locked === null
        ? 'There is no lock file, so npm is used'
        : `${lock} says ${name}`;
  const version = pinned?.version ?? null;
  switch (name) {
    case 'npm':
      return npm(seen, lock);
    case 'pnpm':
      return pnpm(seen, lock, version);
    case 'bun':
      return bun(seen, lock, version);
    case 'yarn':
      return yarn(seen, version, await usesModernYarn(project, version));
  }
}

/** "pnpm@9.1.0+sha512.…"; anything else is not relied on, since it becomes part of a command line. */
function pinOf(field: unknown): { readonly name: Manager['name']; readonly version: string } | null {
  if (typeof field !== 'string') return null;
  const found = /^(npm|pnpm|yarn|bun)@(\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[A-Za-z0-9.-]{1,64})?)(?:\+.*)?$/.exec(
    field,
  );
  const name = order.find((known) => known === found?.[1]);
  const version = found?.[2];
  return name === undefined || version === undefined ? null : { name, version };
}

function npm(seen: string, lock: string | null): Manager {
  return {
    name: 'npm',
    install: lock === null ? 'npm install' : 'npm ci',
    test: 'npm test',
    why:
      lock === null
        ? `${seen}; without a lock file, what is installed may change from one build to the next.`
        : `${seen}, so exactly what ${lock} lists is installed.`,
    step: (line) => step(line),
  };
}

function pnpm(seen: string, lock: string | null, version: string | null): Manager {
  return {
    name: 'pnpm',
    install: lock === null ? 'pnpm install --no-frozen-lockfile' : 'pnpm install --frozen-lockfile',
    test: 'pnpm test',
    why: `${seen}; where pnpm is not installed, npx fetches it.`,
    step: (line) => viaNpx(line, { command: 'pnpm', fetched: `pnpm${at(version)}` }),
  };
}

function bun(seen: string, lock: string | null, version: string | null): Manager {
  return {
    name: 'bun',
    install: lock === null ? 'bun install' : 'bun install --frozen-lockfile',
    test: 'bun run test',
    why: `${seen}; where bun is not installed, npx fetches it.`,
    step: (line) => viaNpx(line, { command: 'bun', fetched: `bun${at(version)}` }),
  };
}

/** Yarn 1 refuses repositories of later versions, so those are always called by their own package. */
function yarn(seen: string, version: string | null, modern: boolean): Manager {
  if (!modern) {
    return {
      name: 'yarn',
      install: 'yarn install --frozen-lockfile',
      test: 'yarn run test',
      why: `${seen}, version 1; where yarn is not installed, npx fetches it.`,
      step: (line) => viaNpx(line, { command: 'yarn', fetched: `yarn${at(version ?? '1')}` }),
    };
  }
  const call = `npx --yes -p @yarnpkg/cli-dist${at(version)} yarn`;
  return {
    name: 'yarn',
    install: 'yarn install --immutable',
    test: 'yarn run test',
    why: `${seen}, version 2 or later, which npx fetches.`,
    step: (line) => step(`yarn() { ${call} "$@"; }\n${line}`, line),
  };
}

async function usesModernYarn(project: Project, version: string | null): Promise<boolean> {
  if (version !== null) return !version.startsWith('1.') && !version.startsWith('0.');
  if (project.hasFile('.yarnrc.yml')) return true;
  return /^__metadata:/m.test((await project.read('yarn.lock')) ?? '');
}

function viaNpx(line: string, what: { readonly command: string; readonly fetched: string }): DetectedStep {
  const { command, fetched } = what;
  const found = `command -v ${command} >/dev/null 2>&1`;
  return step(`${found} || ${command}() { npx --yes ${fetched} "$@"; }\n${line}`, line);
}

function at(version: string | null): string {
  return version === null ? '' : `@${version}`;
}
