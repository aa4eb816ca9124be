import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { defaultConfig, repositoryName } from './default-config.ts';
import { readFarmConfig } from './read-config.ts';

test.each([
  ['/home/ada/website', 'website'],
  ['/home/ada/website/', 'website'],
  ['/home/ada/website/.git', 'website'],
  ['https://git.example.org/group/website.git', 'website'],
  ['https://git.example.org/website.git?x=1#y', 'website'],
  ['git@example.org:website.git', 'website'],
  ['C:\\code\\web site', 'web-site'],
  ['/', 'repository'],
  ['/home/ada/.dotfiles', 'dotfiles'],
])('the repository at %s is called %s', (url, name) => {
  expect(repositoryName(url)).toBe(name);
});

test('any address gives a name that a configuration may use', () => {
  fc.assert(
    fc.property(fc.string(), (url) => {
      const name = repositoryName(url);
      const read = readFarmConfig({ repositories: [{ name, url: '/srv/x' }] });
      expect(read).toHaveProperty('config');
    }),
  );
});

test('it is complete: one repository, one host type for any machine, one builder without steps', () => {
  const config = defaultConfig({
    repository: '/home/ada/website',
    env: { GOPROXY: 'https://goproxy.example.org' },
  });
  expect(config.repositories).toMatchObject([
    { name: 'website', url: '/home/ada/website', branches: [], builders: ['*'] },
  ]);
  expect(config.hostTypes).toEqual([{ name: 'local', os: null, arch: null, labels: [], expected: 0 }]);
  expect(config.builders).toMatchObject([
    { name: 'local', hostType: 'local', steps: null, env: { GOPROXY: 'https://goproxy.example.org' } },
  ]);
});

test('a folder here is looked at more often than a far repository', () => {
  const pollMs = (url: string) => defaultConfig({ repository: url }).repositories[0]?.pollMs ?? 0;
  expect(pollMs('/home/ada/website')).toBeLessThan(pollMs('https://git.example.org/website.git'));
});
