/**
 * All checks of the project, as CI does them: `npm test`, or some of them: `npm test -- farm`, `npm test -- edge/cli`. Plain
 * Node 20, because it installs what is missing first. The last line is `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ensureInstalled, InstallError, projectRoot } from '../edge/cli/install.mjs';

const say = (line) => process.stdout.write(`${line}\n`);
const stillEveryMs = 30_000;
const mostLines = 200;
const running = new Set();

/**
 * In the order in which they run: what fails fast comes first. `workers`: how many files at once; real farms and browsers need
 * the machine for themselves. A folder of tests that is named nowhere here becomes a group of its own.
 */
const knownGroups = [
  {
    name: 'unit',
    folders: ['agent', 'core', 'storage', 'edge', 'env', 'test/fakes'],
    workers: 2,
    minutes: 10,
  },
  { name: 'architecture', folders: ['test/architecture'], workers: 1, minutes: 2 },
  { name: 'conformance', folders: ['test/conformance'], workers: 1, minutes: 10 },
  { name: 'farm', folders: ['test/farm'], workers: 1, minutes: 15 },
  { name: 'browser', folders: ['test/browser'], workers: 1, minutes: 10 },
];

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of running) kill(child);
    process.exit(130);
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  say(`croft: ${error.message}`);
  say('0 passed, 1 failed');
  process.exitCode = 1;
}

async function main(wanted) {
  const bun = await ensureInstalled(projectRoot, {
    dev: true,
    mendStale: true,
    say: (line) => say(`croft: ${line}`),
  });
  const steps = chooseSteps(bun, wanted);
  if (steps.length === 0) {
    say(
      `Nothing is called ${wanted.join(' or ')}; there are: lint, types, ${groupNames().join(', ')}, or a path`,
    );
    say('0 passed, 1 failed');
    return 1;
  }
  const results = [];
  for (const batch of steps) results.push(...(await Promise.all(batch.map(runStep))));
  return report(results);
}

/** Batches of steps; the steps of a batch run side by side. */
function chooseSteps(bun, wanted) {
  const paths = wanted.filter((word) => word.includes('/') || /\.test\.tsx?$/.test(word));
  if (paths.length > 0) {
    const files = testFiles().filter((file) =>
      paths.some((path) => file.startsWith(path.replace(/^\.\//, ''))),
    );
    return files.length === 0 ? [] : [[testStep(bun, { name: 'chosen', files, workers: 1, minutes: 30 })]];
  }
  const chosen = (name) => wanted.length === 0 || wanted.includes(name);
  const checks = [
    { name: 'lint', command: [binary('biome'), 'check', '--colors=off', '.'], minutes: 5, read: readCheck },
    { name: 'types', command: [binary('tsc'), '--noEmit', '--pretty', 'false'], minutes: 5, read: readCheck },
  ].filter((step) => chosen(step.name));
  const tests = groups()
    .filter((group) => chosen(group.name))
    .map((group) => [testStep(bun, group)]);
  return checks.length > 0 ? [checks, ...tests] : tests;
}

function binary(name) {
  return join(projectRoot, 'node_modules', '.bin', name);
}

function testStep(bun, group) {
  const parallel = group.workers > 1 ? [`--parallel=${group.workers}`] : ['--isolate'];
  const command = [bun, 'test', '--timeout=30000', ...parallel, ...group.files.map((file) => `./${file}`)];
  return { name: group.name, command, minutes: group.minutes, read: readTests };
}

function groupNames() {
  return groups().map((group) => group.name);
}

function groups() {
  const left = new Set(testFiles());
  const known = knownGroups.map((group) => {
    const files = [...left].filter((file) => group.folders.some((folder) => file.startsWith(`${folder}/`)));
    for (const file of files) left.delete(file);
    return { ...group, files };
  });
  const extra = [...byFolder(left)].map(([name, files]) => ({ name, files, workers: 1, minutes: 15 }));
  return [...known, ...extra].filter((group) => group.files.length > 0);
}

function folderName(file) {
  return file.split('/').slice(0, -1).slice(0, 2).at(-1) ?? 'top';
}

function byFolder(files) {
  const grouped = new Map();
  for (const file of files) grouped.set(folderName(file), [...(grouped.get(folderName(file)) ?? []), file]);
  return grouped;
}

function testFiles() {
  const skipped = new Set(['node_modules', '.git', '.croft', 'dist', 'out']);
  const found = [];
  function visit(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !skipped.has(entry.name)) visit(join(folder, entry.name));
      else if (/\.test\.tsx?$/.test(entry.name)) {
        found.push(relative(projectRoot, join(folder, entry.name)).split(sep).join('/'));
      }
    }
  }
  visit(projectRoot);
  return found.sort();
}

/** Runs one step and says how it went; the output of what failed is printed at once. */
async function runStep(step) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  say(`${step.name.padEnd(14)} running`);
  const still = setInterval(() => say(`${step.name.padEnd(14)} still running, ${seconds()}`), stillEveryMs);
  const { exitCode, output } = await run(step.command, step.minutes);
  clearInterval(still);
  const result = { name: step.name, ...step.read(exitCode, output) };
  const skipped = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : '';
  say(`${step.name.padEnd(14)} ${result.passed} passed, ${result.failed} failed${skipped}  (${seconds()})`);
  if (result.failed > 0) say(`\n──── ${step.name}: what failed ────\n${result.details}\n────\n`);
  return result;
}

function run([program, ...args], minutes) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: projectRoot,
      env: testEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child);
    const pieces = [];
    child.stdout.on('data', (piece) => pieces.push(piece));
    child.stderr.on('data', (piece) => pieces.push(piece));
    const text = () => Buffer.concat(pieces).toString('utf8');
    let ended = false;
    function end(exitCode, more = '') {
      if (ended) return;
      ended = true;
      clearTimeout(limit);
      running.delete(child);
      // Whatever a test left running must not disturb the next group.
      kill(child);
      resolve({ exitCode, output: text() + more });
    }
    const limit = setTimeout(() => {
      kill(child);
      end(-1, `\nIt did not end within ${minutes} minutes and was killed.\n`);
    }, minutes * 60_000);
    child.on('error', (error) => end(-1, `${program}: ${error.message}\n`));
    // A leftover process may hold the pipes open: the exit counts, after a moment for the last output.
    child.on('exit', (code) => setTimeout(() => end(code ?? -1), 500));
    child.on('close', (code) => end(code ?? -1));
  });
}

function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The whole group is gone already.
  }
}

/** Tests see neither npm's variables nor a farm that the developer has set up. */
function testEnvironment() {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  for (const name of Object.keys(env)) {
    if (
      /^(npm_|CROFT_(URL|TOKEN|DATA|REPO|CONFIG|PORT|ENV|HOST|PUBLIC_URL|JOIN_TOKEN)$)|^INIT_CWD$/.test(name)
    )
      delete env[name];
  }
  return env;
}

/** A linter or a type checker counts as one test. */
function readCheck(exitCode, output) {
  const failed = exitCode === 0 ? 0 : 1;
  return { passed: 1 - failed, failed, skipped: [], reasons: [], details: head(output.trim()) };
}

/** Enough to begin with. */
function head(text) {
  const lines = text.split('\n');
  if (lines.length <= mostLines) return text;
  return `${lines.slice(0, mostLines).join('\n')}\n… and ${lines.length - mostLines} more lines`;
}

/** Bun's summary: ` 12 pass`, ` 1 skip`, ` 1 fail`, after the output of each file under its name. */
function readTests(exitCode, output) {
  const count = (word) => Number(new RegExp(`^ (\\d+) ${word}s?$`, 'm').exec(output)?.[1] ?? 0);
  const failed = Math.max(count('fail'), exitCode === 0 ? 0 : 1);
  return {
    passed: count('pass'),
    failed,
    skipped: skippedTests(output),
    reasons: output.split('\n').filter((line) => /^SKIPPED /.test(line)),
    details: failedParts(output),
  };
}

function skippedTests(output) {
  const found = [];
  let file = '';
  for (const line of output.split('\n')) {
    file = fileHeader(line) ?? file;
    const skip = /^(?:.\[\d+m)?\((?:skip|todo)\) (.*?)(?: \[[\d.]+m?s\])?$/.exec(line);
    if (skip) found.push(`${file}: ${skip[1]}`);
  }
  return found;
}

function fileHeader(line) {
  return /^(\S+\.test\.tsx?):$/.exec(line)?.[1];
}

/** The output of the files that failed; all of it when none can be named. */
function failedParts(output) {
  const parts = [[]];
  for (const line of output.split('\n')) {
    if (fileHeader(line) !== undefined) parts.push([]);
    parts.at(-1).push(line);
  }
  const failed = parts.filter((lines) =>
    lines.some((line) => /^\(fail\)|^✗|^error: |^# Unhandled error/.test(line)),
  );
  const shown = failed.map((lines) =>
    lines
      .filter((line) => !/^\((pass|skip|todo)\)/.test(line))
      .join('\n')
      .trim(),
  );
  return shown.length > 0 ? shown.join('\n\n') : output.trim();
}

function report(results) {
  const skipped = results.flatMap((result) => result.skipped);
  if (skipped.length > 0) {
    say(`\nNOT RUN HERE: ${skipped.length} tests were skipped`);
    for (const reason of new Set(results.flatMap((result) => result.reasons))) say(`  ${reason}`);
    for (const [suite, count] of summary(skipped)) say(`  ${suite}${count > 1 ? ` (${count} tests)` : ''}`);
  }
  const sum = (field) => results.reduce((total, result) => total + result[field], 0);
  const bad = results.filter((result) => result.failed > 0).map((result) => result.name);
  if (bad.length > 0) say(`\nFAILED: ${bad.join(', ')}`);
  say(`\n${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
}

/** Tests of one suite are skipped for one reason, which its name says: one line for all of them. */
function summary(skipped) {
  const suites = new Map();
  for (const name of skipped) {
    const suite = name.split(' > ')[0];
    suites.set(suite, (suites.get(suite) ?? 0) + 1);
  }
  return suites;
}
