import { describe, expect, test } from 'bun:test';
import { type CommandShape, completionScript, type Shell, shells } from './completion-script.ts';

const root: CommandShape = {
  name: 'croft',
  description: '',
  options: [{ names: ['--url', '-u'], description: "the farm's address", takesValue: true, values: [] }],
  values: [],
  commands: [
    {
      name: 'builds',
      description: 'list: all',
      options: [{ names: ['--state'], description: 'state', takesValue: true, values: ['passed', 'failed'] }],
      values: [],
      commands: [],
    },
    {
      name: 'machines',
      description: 'machines',
      options: [],
      values: [],
      commands: [
        { name: 'drain', description: 'drain', options: [], values: [], commands: [] },
        { name: 'show', description: 'show', options: [], values: [], commands: [] },
      ],
    },
    { name: 'completion', description: '', options: [], values: ['bash', 'zsh'], commands: [] },
  ],
};

const cases: readonly (readonly [line: readonly string[], answers: readonly string[]])[] = [
  [['croft', 'ma'], ['machines']],
  [['croft', 'machines', 'dr'], ['drain']],
  [['croft', '--url', 'http://x', 'machines', 'sh'], ['show']],
  [
    ['croft', 'builds', '--state', ''],
    ['passed', 'failed'],
  ],
  [['croft', 'builds', '--state', 'fa'], ['failed']],
  [['croft', 'builds', 'bld_1', '--st'], ['--state']],
  [['croft', 'completion', 'z'], ['zsh']],
];

function run(program: string, script: string): string {
  const done = Bun.spawnSync([program, '-c', script], {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent' },
  });
  expect(done.stderr.toString()).toBe('');
  return done.stdout.toString().trim();
}

function isThere(shell: Shell): boolean {
  return Bun.which(shell) !== null;
}

test('every shell gets every command, option and value', () => {
  for (const shell of shells) {
    const script = completionScript(shell, root);
    for (const word of ['builds', 'drain', 'url', 'state', 'passed']) expect(script).toContain(word);
  }
});

describe.skipIf(!isThere('bash'))('bash, which is not installed when this is skipped', () => {
  test.each(cases)('%p', (words, answers) => {
    const line = words.map((word) => `'${word}'`).join(' ');
    const script = `${completionScript('bash', root)}
COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _croft; echo "\${COMPREPLY[*]}"`;
    expect(run('bash', script).split(' ')).toEqual([...answers]);
  });
});

describe.skipIf(!isThere('fish'))('fish, which is not installed when this is skipped', () => {
  test.each(cases)('%p', (words, answers) => {
    const script = `${completionScript('fish', root)}\ncomplete -C '${words.join(' ')}'`;
    const offered = run('fish', script)
      .split('\n')
      .map((line) => line.split('\t')[0] ?? '');
    expect(offered.sort()).toEqual([...answers].sort());
  });
});

describe.skipIf(!isThere('zsh'))('zsh, which is not installed when this is skipped', () => {
  test.each(cases)('%p', (words, answers) => {
    const line = words.map((word) => `'${word}'`).join(' ');
    // Its own filter by what was typed stands behind these two, so all of a place is offered here.
    const script = `compdef() { :; }; compadd() { shift; print -l -- "$@"; }
_describe() { print -l -- "\${offers[@]%%:*}"; }
${completionScript('zsh', root)}
words=(${line}); CURRENT=$#words; _croft`;
    expect(run('zsh', script).split('\n')).toEqual(expect.arrayContaining([...answers]));
  });
});
