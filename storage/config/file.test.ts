import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import type { ConfigFile } from '../../core/builders/ports.ts';
import { createConfigFile } from './file.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'croft-config-test-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

function configFile(path: string | null = null): ConfigFile {
  return createConfigFile({ path, dataDir }, { clock: createSystemClock(), environment: process.env });
}

const write = (name: string, text: string) => writeFile(join(dataDir, name), text);
const contentOf = async (file: ConfigFile) => (await file.read())?.content;

describe('where it is', () => {
  test('nothing is there until somebody writes it', async () => {
    const file = configFile();
    expect(await file.read()).toBeNull();
    expect(await file.revision()).toBeNull();
    await write('farm.config.json', '{ "name": "mine" }');
    expect(await file.read()).toEqual({
      file: join(dataDir, 'farm.config.json'),
      content: { name: 'mine' },
      revision: expect.any(String),
    });
  });

  test('two at once are refused, by both methods', async () => {
    await write('farm.config.json', '{}');
    await write('farm.config.ts', 'export default {}');
    const refused = { code: 'invalid_input', message: expect.stringContaining('both farm.config.ts and') };
    await expect(configFile().read()).rejects.toMatchObject(refused);
    await expect(configFile().revision()).rejects.toMatchObject(refused);
  });

  test('one that was named has to be there, and to be of a known kind', async () => {
    await write('other.json', '{ "a": 1 }');
    expect(await contentOf(configFile(join(dataDir, 'other.json')))).toEqual({ a: 1 });
    for (const name of ['none.json', 'none.ts', 'other.yaml']) {
      await expect(configFile(join(dataDir, name)).read()).rejects.toMatchObject({
        code: 'invalid_input',
        details: { field: '--config' },
      });
    }
  });
});

describe('JSON', () => {
  test('a mistake is told with line and column', async () => {
    await write('farm.config.json', '{\n  "name": "x",\n  "builders": [1, 2,]\n}');
    await expect(configFile().read()).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('farm.config.json line 3, column 20'),
    });
  });

  test('that is larger than any configuration is refused without reading it', async () => {
    await write('farm.config.json', '');
    await truncate(join(dataDir, 'farm.config.json'), 2 ** 40);
    await expect(configFile().read()).rejects.toMatchObject({
      message: expect.stringContaining('is larger than'),
    });
  });
});

describe('the revision', () => {
  test('changes with the content, and only with it', async () => {
    const file = configFile();
    await write('farm.config.json', '{ "a": 1 }');
    const first = await file.revision();
    expect(await file.revision()).toBe(first);
    expect((await file.read())?.revision).toBe(first ?? '');
    await utimes(join(dataDir, 'farm.config.json'), 1, 1);
    expect(await file.revision()).toBe(first);
    await write('farm.config.json', '{ "a": 2 }');
    expect(await file.revision()).not.toBe(first);
    await write('farm.config.json', '{ "a": 1 }');
    expect(await file.revision()).toBe(first);
    await rm(join(dataDir, 'farm.config.json'));
    expect(await file.revision()).toBeNull();
  });

  test('follows the files that a program imports', async () => {
    const file = configFile();
    await write('hosts.ts', 'export const hosts = ["one"];');
    await write('farm.config.ts', "import { hosts } from './hosts.ts';\nexport default { hosts };");
    expect(await contentOf(file)).toEqual({ hosts: ['one'] });
    const first = await file.revision();
    await write('hosts.ts', 'export const hosts = ["one", "two"];');
    expect(await file.revision()).not.toBe(first);
    expect(await contentOf(file)).toEqual({ hosts: ['one', 'two'] });
    await rm(join(dataDir, 'hosts.ts'));
    expect(await file.revision()).not.toBe(first);
  });
});

describe('a program', () => {
  test('has its types and defineFarm without any package', async () => {
    await write(
      'farm.config.ts',
      "import { defineFarm } from 'croft';\nconst name: string = 'typed';\nexport default defineFarm({ name });",
    );
    expect(await contentOf(configFile())).toEqual({ name: 'typed' });
  });

  test('is run anew each time, may wait, and knows where it stands', async () => {
    await mkdir(join(dataDir, 'sub'));
    await write('sub/data.json', '{ "n": 1 }');
    await write(
      'farm.config.ts',
      `import data from './sub/data.json';
       globalThis.runs = (globalThis.runs ?? 0) + 1;
       await Promise.resolve();
       export default (async () => ({ data, runs: globalThis.runs, dir: import.meta.dir }))();`,
    );
    const file = configFile();
    for (const runs of [1, 1]) {
      expect(await contentOf(file)).toEqual({ data: { n: 1 }, dir: dataDir, runs });
    }
  });

  test('with a mistake is told with line and column, and mended it is read', async () => {
    const file = configFile();
    const mistakes: [text: string, message: string][] = [
      ['export default {\n  a: ( };\n', 'line 2, column'],
      ["import x from './none.ts';\nexport default x;", 'none.ts'],
      ['const a = 1;\nthrow new Error("no disk");\nexport default a;', 'line 2, column'],
      ['export const other = 1;', 'write "export default defineFarm({ … })"'],
      ['process.exit(0);', 'it ended before its export was there'],
      ['process.kill(process.pid, "SIGKILL");', 'it ended before its export was there'],
      ['export default { name: () => "x" };', '"name" is a function'],
      ['const a: unknown[] = []; a.push(a); export default a;', 'JSON'],
      ['export default { name: "x".repeat(9_000_000) };', 'larger than any configuration'],
      ['throw null;', 'it threw null'],
    ];
    for (const [text, message] of mistakes) {
      await write('farm.config.ts', text);
      await expect(file.read()).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining(message),
      });
    }
    await write('farm.config.ts', 'export default { mended: true }');
    expect(await contentOf(file)).toEqual({ mended: true });
  });

  test('is read again once the file is there, or mended, that it failed on', async () => {
    const file = configFile();
    await write('farm.config.ts', "import { hosts } from './hosts.ts';\nexport default { hosts };");
    await expect(file.read()).rejects.toMatchObject({ code: 'invalid_input' });
    const without = await file.revision();
    await write('hosts.ts', 'export const hosts = [;');
    const broken = await file.revision();
    expect(broken).not.toBe(without);
    await expect(file.read()).rejects.toMatchObject({ message: expect.stringContaining('hosts.ts line 1') });
    await write('hosts.ts', 'export const hosts = [1];');
    expect(await file.revision()).not.toBe(broken);
    expect(await contentOf(file)).toEqual({ hosts: [1] });
  });

  test('that never ends is given up', async () => {
    const clock = createManualClock();
    for (const program of ['while (true);', 'setInterval(() => {}, 1_000); await new Promise(() => {});']) {
      await write('farm.config.ts', `${program}\nexport default {};`);
      const reading = createConfigFile({ path: null, dataDir }, { clock, environment: process.env }).read();
      reading.catch(() => {});
      while (clock.waiting === 0) await Bun.sleep(5);
      await clock.advance(20_000);
      await expect(reading).rejects.toMatchObject({ message: expect.stringContaining('did not end within') });
    }
  });

  test('works in a compiled program too', async () => {
    const fixture = join(import.meta.dir, 'compiled-fixture.ts');
    const compiled = join(dataDir, 'compiled');
    await Bun.$`${process.execPath} build --compile ${fixture} --outfile ${compiled}`.quiet();
    await write('hosts.ts', 'export const hosts: string[] = ["one"];');
    await write(
      'farm.config.ts',
      "import { defineFarm } from 'croft';\nimport { hosts } from './hosts.ts';\nexport default defineFarm({ hosts });",
    );
    const run = Bun.spawnSync([compiled, dataDir], { cwd: '/', env: {} });
    expect(JSON.parse(run.stdout.toString())).toEqual({ hosts: ['one'] });
  }, 30_000);
});
