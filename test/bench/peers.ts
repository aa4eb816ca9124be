/** Where the peers are, outside of the tree: found there, and installed there only when that is asked for. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { findTool } from '../tools/find-tool.ts';

/** Programs of a peer by name. */
export type Found =
  | { readonly found: true; readonly programs: Readonly<Record<string, string>> }
  | { readonly found: false; readonly why: string };

const buildbotVersion = '4.3.0';
/** The newest version before upstream's coordinator needed Google's services that the Go module proxy serves. */
export const upstreamVersion = 'v0.0.0-20211108163316-3ce30f35b9aa';
const upstreamPrograms = ['coordinator', 'buildlet'] as const;

/** `CROFT_PEERS_DIR`, by default `croft-bench` in the cache folder. */
export function peersFolder(): string {
  return (
    process.env['CROFT_PEERS_DIR'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'croft-bench')
  );
}

export function findBuildbot(): Found {
  return inFolder(join(peersFolder(), 'buildbot', 'bin'), ['buildbot', 'buildbot-worker', 'python']);
}

/** The programs, and `source`: the folder of the module, where the coordinator finds its page templates. */
export function findUpstream(): Found {
  const found = inFolder(join(peersFolder(), 'bin'), upstreamPrograms);
  if (!found.found) return found;
  const go = findTool('go');
  if (!go.found) return go;
  try {
    const module = `golang.org/x/build@${upstreamVersion}`;
    const source = run(go.path, ['list', '-m', '-f', '{{.Dir}}', module]);
    return { found: true, programs: { ...found.programs, source: join(source, 'cmd', 'coordinator') } };
  } catch (error) {
    return { found: false, why: `go does not know the module: ${String(error)}` };
  }
}

/** A Python environment from PyPI and programs from the Go module proxy; some minutes at the first time. */
export function installPeers(say: (text: string) => void): void {
  mkdirSync(peersFolder(), { recursive: true });
  attempt('Buildbot', say, installBuildbot);
  attempt("upstream's coordinator", say, installUpstream);
}

function attempt(name: string, say: (text: string) => void, install: () => void): void {
  try {
    say(`installing ${name} into ${peersFolder()}`);
    install();
  } catch (error) {
    say(`${name} could not be installed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function installBuildbot(): void {
  if (findBuildbot().found) return;
  const python = findTool('python3');
  if (!python.found) throw new Error(python.why);
  const folder = join(peersFolder(), 'buildbot');
  run(python.path, ['-m', 'venv', folder]);
  const packages = [
    `buildbot[bundle]==${buildbotVersion}`,
    `buildbot-worker==${buildbotVersion}`,
    'setuptools<80',
  ];
  run(join(folder, 'bin', 'pip'), ['install', '--quiet', ...packages]);
}

function installUpstream(): void {
  if (findUpstream().found) return;
  const go = findTool('go');
  if (!go.found) throw new Error(go.why);
  for (const name of upstreamPrograms) {
    run(go.path, ['install', `golang.org/x/build/cmd/${name}@${upstreamVersion}`], {
      GOBIN: join(peersFolder(), 'bin'),
      GOFLAGS: '-p=1',
    });
  }
}

function inFolder(folder: string, names: readonly string[]): Found {
  const programs = Object.fromEntries(names.map((name) => [name, join(folder, name)]));
  const missing = Object.values(programs).filter((path) => !existsSync(path));
  if (missing.length === 0) return { found: true, programs };
  return { found: false, why: `${missing.join(' and ')} not there; --peers installs it` };
}

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const options = { encoding: 'utf8', env: { ...process.env, ...env }, cwd: dirname(program) } as const;
  return execFileSync(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
