/** The agent as one compiled file: it starts anywhere, and nothing that lies where it is started changes what it does. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCoordinator } from './coordinator.ts';
import { connected, killAgents, outputOf, runScript, startAgent } from './program.ts';
import { scratchFolder } from './scratch.ts';

// Processes start slowly on a machine that builds.
setDefaultTimeout(60_000);

const root = join(import.meta.dir, '..', '..');
let folder: string;
let binary: string;

const build = [
  'build',
  '--compile',
  '--no-compile-autoload-dotenv',
  '--no-compile-autoload-bunfig',
  '--minify-whitespace',
  '--minify-syntax',
  'agent/main.ts',
];

beforeAll(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'croft-binary-'));
  binary = join(folder, 'croft-agent');
  execFileSync(process.execPath, [...build, '--outfile', binary], { cwd: root, stdio: 'pipe' });
}, 60_000);

afterAll(() => {
  killAgents();
  rmSync(folder, { recursive: true, force: true });
});

test('runs a build', async () => {
  const coordinator = await startCoordinator();
  const agent = startAgent({ name: 'binary', command: [binary] }, coordinator.url, { dir: scratchFolder() });
  const { session, hello } = await connected(coordinator, agent);
  expect(hello.platform.runtime).toBe('bun');
  await session.call('lease.begin', { leaseId: 'l', slot: 0 });
  const { source } = await runScript(session, 'l', 'echo from the binary');
  expect((await outputOf(source)).toString()).toBe('from the binary\n');
  expect(await agent.kill('SIGTERM')).toBe(0);
  await coordinator.down();
});

test('reads no settings from the folder where it is started', () => {
  const cwd = scratchFolder();
  const witness = join(cwd, 'witness');
  writeFileSync(join(cwd, '.env'), 'CROFT_COORDINATOR=http://127.0.0.1:1\nCROFT_JOIN_TOKEN=planted\n');
  writeFileSync(join(cwd, 'bunfig.toml'), 'preload = ["./planted.ts"]\n');
  writeFileSync(join(cwd, 'planted.ts'), `require('node:fs').writeFileSync(${JSON.stringify(witness)}, '');`);
  const { status, stderr } = spawnSync(binary, ['--dir', join(cwd, 'dir')], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd },
  });
  expect(stderr).toContain('--coordinator');
  expect(status).toBe(2);
  expect(existsSync(witness)).toBe(false);
});
