/**
 * How each registry's ordinary client brings one project's released versions. What was fetched is kept under the cache folder and
 * not asked for again (by Go and cargo in their own caches).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { changelogDates } from './changelog.ts';
import { ask, run } from './command.ts';
import { newestFileAt, unpacked } from './files.ts';
import type { Registry, Release, Workload } from './types.ts';

type Fetch = (workload: Workload, cacheDir: string) => readonly Release[];

/** The module proxy knows when a version was made. */
const fromGoProxy: Fetch = ({ project, versions }) =>
  versions.map((version) => {
    const words = ['mod', 'download', '-json', `${project}@${version}`];
    // Outside of any module, whose go.mod would have a say.
    const found = JSON.parse(ask('The Go module proxy', 'go', words, { cwd: '/' })) as {
      Dir: string;
      Info: string;
    };
    const info = JSON.parse(readFileSync(found.Info, 'utf8')) as { Time: string };
    return { version, dir: found.Dir, at: Date.parse(info.Time) };
  });

/** A toolchain is a module too; the one that is installed is taken as it stands. Its file VERSION has its date. */
const fromGoToolchains: Fetch = ({ versions }) =>
  versions.map((version) => {
    const options = { cwd: '/', env: { GOTOOLCHAIN: `go${version}` } };
    const dir = ask('The Go module proxy', 'go', ['env', 'GOROOT'], options);
    const time = /^time (\S+)$/m.exec(readFileSync(join(dir, 'VERSION'), 'utf8'))?.[1];
    // A checkout has neither; make.bash makes both.
    return { version, dir, at: time === undefined ? null : Date.parse(time), leaveOut: ['bin', 'pkg'] };
  });

/**
 * npm's archives have lost their dates, and what a registry says of a version may be when a mirror fetched it: the project's own
 * changelog is asked first.
 */
const fromNpm: Fetch = ({ project, versions }, cacheDir) => {
  const folder = join(cacheDir, 'npm');
  mkdirSync(folder, { recursive: true });
  const dirs = versions.map((version) => {
    const archive = join(folder, `${project}-${version}.tgz`);
    if (!existsSync(archive)) {
      const words = ['pack', '--loglevel=error', '--pack-destination', folder, `${project}@${version}`];
      ask('The npm registry', 'npm', words);
    }
    return { version, dir: unpacked(archive, join(folder, `${project}-${version}`)) };
  });
  const changelog = join(dirs.at(-1)?.dir ?? '', 'CHANGELOG.md');
  const dates = existsSync(changelog) ? changelogDates(readFileSync(changelog, 'utf8')) : new Map();
  return dirs.map(({ version, dir }) => ({ version, dir, at: dates.get(version) ?? newestFileAt(dir) }));
};

/**
 * pip asks an sdist for its metadata before it hands it over, which runs the project's build: in a virtual environment with a
 * setuptools that old versions still know (57 was the last with 2to3; it needs Python 3.11 or older).
 */
const fromPypi: Fetch = ({ project, versions }, cacheDir) => {
  const folder = join(cacheDir, 'pypi');
  mkdirSync(folder, { recursive: true });
  return versions.map((version) => {
    const name = `${project}-${version}`;
    if (!existsSync(join(folder, `${name}.tar.gz`))) {
      const alone = ['--no-deps', '--no-build-isolation', '--no-binary', ':all:'];
      const words = [
        '-m',
        'pip',
        'download',
        '--quiet',
        ...alone,
        '--dest',
        folder,
        `${project}==${version}`,
      ];
      ask('PyPI', pythonWithBuildTools(cacheDir), words);
    }
    const dir = unpacked(join(folder, `${name}.tar.gz`), join(folder, name));
    return { version, dir, at: newestFileAt(dir) };
  });
};

function pythonWithBuildTools(cacheDir: string): string {
  const venv = join(cacheDir, 'pypi-tools');
  const python = join(venv, 'bin', 'python');
  const ready = join(venv, 'ready');
  if (existsSync(ready)) return python;
  run('python3', ['-m', 'venv', '--clear', venv]);
  const tools = ['setuptools==57.5.0', 'wheel', 'flit_core>=3.2,<4'];
  ask('PyPI', python, ['-m', 'pip', 'install', '--quiet', ...tools]);
  writeFileSync(ready, '');
  return python;
}

/**
 * cargo brings a version as somebody's dependency, and says where it put it. It tells no dates, and its files are as old as their
 * unpacking.
 */
const fromCrates: Fetch = ({ project, versions }, cacheDir) =>
  versions.map((version) => {
    const asking = join(cacheDir, 'crates', `${project}-${version}`);
    mkdirSync(join(asking, 'src'), { recursive: true });
    writeFileSync(join(asking, 'src', 'lib.rs'), '');
    const manifest = join(asking, 'Cargo.toml');
    const lines = ['[package]', 'name = "asking"', 'version = "0.0.0"', 'edition = "2021"', '[workspace]'];
    writeFileSync(manifest, [...lines, '[dependencies]', `${project} = "=${version}"`, ''].join('\n'));
    const words = ['metadata', '--quiet', '--format-version', '1', '--manifest-path', manifest];
    const { packages } = JSON.parse(ask('crates.io', 'cargo', words)) as {
      packages: { name: string; version: string; manifest_path: string }[];
    };
    const found = packages.find((one) => one.name === project && one.version === version);
    if (found === undefined) throw new Error(`cargo did not bring ${project} ${version}`);
    const dir = dirname(found.manifest_path);
    return { version, dir, at: null, leaveOut: ['.cargo-ok', '.cargo_vcs_info.json'] };
  });

const registries: Readonly<Record<Registry, Fetch>> = {
  go: fromGoProxy,
  'go-toolchain': fromGoToolchains,
  npm: fromNpm,
  pypi: fromPypi,
  crates: fromCrates,
};

/** All versions of a workload, oldest first. Throws, naming the registry, when one is not to be had. */
export function fetchReleases(workload: Workload, cacheDir: string): readonly Release[] {
  return registries[workload.registry](workload, cacheDir);
}
