import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../testing/run-cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'croft-config-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function folder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(dir, name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

const farm = {
  repositories: [{ name: 'app', url: 'https://me:hidden@example.org/app.git' }],
  hostTypes: [{ name: 'linux' }],
  builders: [{ name: 'linux', hostType: 'linux', steps: ['make'], env: { API_KEY: 'hidden' } }],
};

test('the files of a folder are found and checked, each as what it is', async () => {
  const cwd = folder('fine', {
    'croft.json': '{"steps": ["make"]}',
    'farm.config.json': JSON.stringify(farm),
  });
  expect(await runCli(['config', 'check'], { cwd })).toMatchObject({
    code: 0,
    out: 'croft.json: fine\nfarm.config.json: fine\n',
  });
});

test('a mistake names its place and its fix, and is a negative answer', async () => {
  const cwd = folder('wrong', { 'croft.json': '{"steps": ["make"], "artefacts": []}' });
  const { code, out } = await runCli(['config', 'check', 'croft.json'], { cwd });
  expect(code).toBe(1);
  expect(out).toContain('croft.json: wrong\n  artefacts: ');
  const json = await runCli(['config', 'check', '--json'], { cwd });
  expect(JSON.parse(json.out)).toMatchObject({ file: 'croft.json', kind: 'repository', ok: false });
});

test('a module is checked by what it exports', async () => {
  const cwd = folder('module', {
    'farm.config.ts': `import { defineFarm } from 'croft'; export default defineFarm(${JSON.stringify({ ...farm, builders: [{ name: 'x', hostType: 'lunix' }] })});`,
    'empty.ts': 'export const x = 1;',
    'broken.ts': 'export default (',
  });
  const { code, out } = await runCli(['config', 'check', 'farm.config.ts'], { cwd });
  expect(code).toBe(1);
  expect(out).toContain('builders[0].hostType');
  expect(await runCli(['config', 'check', 'empty.ts'], { cwd })).toMatchObject({ code: 2 });
  expect(await runCli(['config', 'check', 'broken.ts'], { cwd })).toMatchObject({ code: 2 });
});

test('what is not there is not found', async () => {
  const cwd = folder('nothing', {});
  expect(await runCli(['config', 'check', 'x.json'], { cwd })).toMatchObject({
    code: 3,
    notes: 'croft: x.json: there is no such file\n',
  });
  expect((await runCli(['config', 'check'], { cwd })).code).toBe(3);
});

test('offline, what the file says is shown without secrets', async () => {
  const cwd = folder('show', { 'farm.config.json': JSON.stringify(farm) });
  for (const args of [
    ['config', 'show', '--offline'],
    ['config', 'show', '--offline', '--json'],
  ]) {
    const { code, out, asked } = await runCli(args, { cwd });
    expect({ code, asked }).toEqual({ code: 0, asked: [] });
    expect(out).toContain('https://example.org/app.git');
    expect(out).not.toContain('hidden');
  }
});

test('offline and without a file it is the embedded default, in the environment that was named', async () => {
  const cwd = folder('default', {});
  const { code, out } = await runCli(['config', 'show', '--offline', '--env', 'production'], { cwd });
  expect(code).toBe(0);
  expect(out).toContain('environment  production');
  expect(out).toContain('needs      CROFT_S3_SECRET_ACCESS_KEY');
  expect(out).toContain('  log level  info\n');
  expect(out).toMatch(/^ {2}limits {5}requests up to 1MiB, 5000 event streams, 20GiB free/m);
  expect(out).toContain('none, the embedded default');
});

test('the schema of each file is JSON Schema', async () => {
  for (const which of ['farm', 'croft']) {
    const { out } = await runCli(['config', 'schema', which]);
    expect(JSON.parse(out)).toMatchObject({ type: 'object', $schema: expect.any(String) });
  }
});
