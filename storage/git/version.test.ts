import { expect, test } from 'bun:test';
import { checkGitVersion } from './version.ts';

test.each([
  ['git version 2.39.5\n', '2.39.5'],
  ['git version 2.31.0', '2.31.0'],
  ['git version 3.0.0-rc1', '3.0.0-rc1'],
  ['git version 2.39.3 (Apple Git-146)', '2.39.3'],
  ['git version 2.45.1.windows.1', '2.45.1.windows.1'],
])('%s is usable', (said, version) => {
  expect(checkGitVersion(said)).toBe(version);
});

test.each(['git version 2.30.9', 'git version 1.99.0', 'git version 2.4.11'])('%s is refused', (said) => {
  expect(() => checkGitVersion(said)).toThrow(/git \S+ is too old: Croft needs git 2.31 or newer/);
});

test('what is no git is told as it spoke', () => {
  expect(() => checkGitVersion('hello\n')).toThrow('git --version said "hello"');
});
