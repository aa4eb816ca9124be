import { describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { currentRuntime } from '../platform/runtime.ts';
import { argvOf, type Command } from './command.ts';

const { spawn } = currentRuntime();
const path = '/usr/bin:/bin';

async function run(command: Command, options: { cgroup?: string; path?: string } = {}) {
  const cwd = scratchFolder();
  const argv = argvOf(command, {
    cwd,
    path: options.path ?? path,
    writeScript(text) {
      const file = join(cwd, 'script');
      writeFileSync(file, text);
      return file;
    },
  });
  const child = await spawn({ argv, cwd, env: { PATH: path }, cgroup: options.cgroup });
  let output = '';
  for (;;) {
    const bytes = await child.output.read();
    if (bytes === undefined) break;
    output += Buffer.from(bytes).toString();
  }
  return { output, ...(await child.exited), cwd };
}

describe('a shell script', () => {
  test('writes both of its outputs into one pipe, in order', async () => {
    const shell = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done';
    expect((await run({ shell })).output).toBe('out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n');
  });

  test('ends with its first command that fails', async () => {
    expect(await run({ shell: 'echo a\nfalse\necho b' })).toMatchObject({ output: 'a\n', exitCode: 1 });
  });

  test('has the line numbers of its text, and its syntax errors are part of the output', async () => {
    expect((await run({ shell: 'true\nnosuch-program' })).output).toContain('2: nosuch-program');
    const broken = await run({ shell: 'if true; do' });
    expect(broken.output).toContain('yntax error');
    expect(broken.exitCode).toBe(2);
  });

  test('of more than one argument can hold still runs', async () => {
    const shell = `echo begin\n${'# padding\n'.repeat(20_000)}echo end`;
    expect((await run({ shell })).output).toBe('begin\nend\n');
  });

  test('runs where the cgroup cannot be entered', async () => {
    expect(await run({ shell: 'echo here' }, { cgroup: "/no/such/'cgroup" })).toMatchObject({
      output: 'here\n',
      exitCode: 0,
    });
  });
});

describe('a program with arguments', () => {
  test('gets them as they are', async () => {
    const argv = ['printf', '[%s]', 'a b', '$HOME', '', "'", '*', '-e'];
    expect((await run({ argv })).output).toBe("[a b][$HOME][][']" + '[*][-e]');
  });

  test('is found beside its folder, when it says so', async () => {
    const folder = scratchFolder();
    const program = join(folder, 'tool');
    writeFileSync(program, '#!/bin/sh\necho tool\n');
    expect(() => argvOf({ argv: [program] }, { cwd: folder, path, writeScript: String })).toThrow(
      'No such program',
    );
    chmodSync(program, 0o755);
    expect((await run({ argv: [program] })).output).toBe('tool\n');
    expect((await run({ argv: ['tool'] }, { path: folder })).output).toBe('tool\n');
  });

  test('that is not there, or is a folder, cannot be started', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'sub'));
    for (const program of ['no-such-program', './no-such', join(folder, 'sub'), '', '-x']) {
      await expect(run({ argv: [program] })).rejects.toMatchObject({
        code: 'could_not_start',
        blame: 'change',
      });
    }
  });
});

test('NUL is refused, naming the field', async () => {
  await expect(run({ shell: 'echo \0' })).rejects.toThrow('command: Contains NUL');
  await expect(run({ argv: ['echo', '\0'] })).rejects.toThrow('command: Contains NUL');
});
