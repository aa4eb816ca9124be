import { expect, test } from 'bun:test';
import type { Repository } from '../../core/builders/index.ts';
import { repositoriesMeant, sameUrl } from './git.ts';

const repository = (name: string, url: string) => ({ name, url }) as Repository;
const watched = [
  repository('project', 'https://example.org/group/project.git'),
  repository('other', '/srv/git/other'),
];
const named = (wanted: Parameters<typeof repositoriesMeant>[1]) =>
  repositoriesMeant(watched, wanted).map(({ name }) => name);

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

test('what code hosts send of a push', () => {
  expect(
    named({
      clone_url: 'https://example.org/group/project.git',
      html_url: 'https://example.org/group/project',
    }),
  ).toEqual(['project']);
  expect(named({ git_ssh_url: 'git@example.org:group/project.git' })).toEqual(['project']);
  expect(named({ homepage: 'https://example.org/group/project' })).toEqual(['project']);
  expect(named({ clone_url: 'https://example.org/group/unknown.git' })).toEqual([]);
});

test('a name, an address, a path, or nothing for all', () => {
  expect(named('other')).toEqual(['other']);
  expect(named('/srv/git/other/')).toEqual(['other']);
  expect(named('none')).toEqual([]);
  expect(named(undefined)).toEqual(['project', 'other']);
});
