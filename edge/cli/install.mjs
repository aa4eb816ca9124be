/**
 * Makes sure that the project's packages and its Bun are there. Plain Node without dependencies, because it runs before
 * anything is installed: from `croft.mjs` and from `test/run.mjs`.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export class InstallError extends Error {}

/**
 * Names of packages that the lock file wants and that are missing or of another version. npm keeps a list of what it
 * installed in `node_modules/.package-lock.json`; packages for other platforms (optional) may be absent.
 * @param {{ dev: boolean }} options with `dev`, packages that only tests need count too
 * @returns {string[]}
 */
export function missingPackages(root, { dev }) {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages ?? {};
  const missing = [];
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || (entry.dev && !dev)) continue;
    const found = installed[path];
    if (found === undefined ? !entry.optional && !entry.peer : found.version !== entry.version) {
      missing.push(path.replace(/^.*node_modules\//, ''));
    }
  }
  return missing;
}

/** The path of the project's Bun; it need not exist. */
export function bunPath(root) {
  return join(root, 'node_modules', 'bun', 'bin', 'bun.exe');
}

/**
 * Installs what is missing and mends a Bun whose install script was skipped. `mendStale: false` leaves packages of an older
 * lock file alone: replacing them would pull them from under a farm that runs.
 * @param {{ dev: boolean, mendStale: boolean, say: (line: string) => void }} options
 * @returns {Promise<string>} the path of a Bun that works
 */
export async function ensureInstalled(root, { dev, mendStale, say }) {
  const bun = bunPath(root);
  if (needsInstall(root, { dev, mendStale })) {
    await withInstallLock(root, say, async () => {
      const missing = missingPackages(root, { dev });
      if (needsInstall(root, { dev, mendStale })) await npmCi(root, { dev, say, missing });
    });
  }
  if (await works(bun)) return bun;
  say('the install script of Bun was skipped, running it now');
  const script = join(root, 'node_modules', 'bun', 'install.js');
  const code = await run(process.execPath, [script], { cwd: dirname(script) });
  if (code === 0 && (await works(bun))) return bun;
  throw new InstallError(
    `Bun does not run on this machine (${process.platform} ${process.arch}); try: rm -rf node_modules && npm ci`,
  );
}

function needsInstall(root, { dev, mendStale }) {
  if (!existsSync(join(root, 'node_modules', 'bun', 'package.json'))) return true;
  return mendStale && missingPackages(root, { dev }).length > 0;
}

async function npmCi(root, { dev, say, missing }) {
  const started = performance.now();
  const fresh = !existsSync(join(root, 'node_modules'));
  say(
    fresh
      ? 'installing packages with npm, once (about 200 MB)'
      : `packages differ from package-lock.json (${summary(missing)}), installing them anew`,
  );
  const still = setInterval(() => say(`still installing, ${seconds(started)} s`), 10_000);
  // What npm would have set up for development stays that way: only a first install leaves the test packages out.
  const omit = dev || !fresh ? [] : ['--omit=dev'];
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...omit];
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith('.js') ? [process.execPath, npm, ...args] : ['npm', ...args];
  try {
    const code = await run(command[0], command.slice(1), { cwd: root, shell: command[0] === 'npm' });
    if (code !== 0) throw new InstallError(`npm ci failed with exit code ${code}; its messages are above`);
  } finally {
    clearInterval(still);
  }
  say(`packages installed in ${seconds(started)} s`);
}

function summary(names) {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

function seconds(since) {
  return Math.max(1, Math.round((performance.now() - since) / 1000));
}

/** Two first starts at once would install over each other: the second waits for the first. */
async function withInstallLock(root, say, work) {
  const lock = join(root, '.croft', 'install.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (let told = false; !tryLock(lock); told = true) {
    if (!told) say('another croft is installing packages, waiting for it');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function tryLock(lock) {
  try {
    const file = openSync(lock, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!holderLives(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function holderLives(lock) {
  try {
    // An empty file is one that its owner is about to write.
    const pid = Number(readFileSync(lock, 'utf8'));
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM' || error.code === 'ENOENT';
  }
}

async function works(bun) {
  return existsSync(bun) && (await run(bun, ['--version'], { stdio: 'ignore' })) === 0;
}

/** Exit code of a program; all it prints goes to standard error, so that standard output stays ours. */
function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 2, 2],
      ...options,
      shell: options.shell === true && process.platform === 'win32',
    });
    child.on('error', (error) => {
      if (options.stdio === 'ignore') resolve(-1);
      else reject(new InstallError(`${program} could not be started: ${error.message}`));
    });
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // Absent, or cut off by a killed npm: as good as nothing installed.
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}
