import { expect, test } from 'bun:test';
import { sameUrl } from './git.ts';

test('one repository by many addresses', () => {
  const https = 'https://example.org/group/project.git';
  for (const other of [
    'git@example.org:group/project.git',
    'ssh://git@example.org/group/project',
    'https://user:x@Example.org/group/project/',
  ]) {
    expect(sameUrl(https, other)).toBe(true);
  }
  expect(sameUrl(https, 'https://example.org/group/project2')).toBe(false);
  expect(sameUrl('https://example.org:8443/a', 'https://example.org:8443/a.git')).toBe(true);
});
