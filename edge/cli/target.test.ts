import { expect, test } from 'bun:test';
import { findTarget, type TargetDeps } from './target.ts';

const files: Readonly<Record<string, string>> = {
  '/home/me/app/.croft/coordinator.json': '{"pid":1,"url":"http://localhost:9000","port":9000}',
  '/home/me/app/.croft/admin-token': 'secret\n',
  '/home/me/half/.croft/coordinator.json': '{"pid":',
};

function deps(cwd: string, environment: { url?: string; token?: string } = {}): TargetDeps {
  return {
    cwd,
    environment: { url: environment.url, token: environment.token },
    readText: async (path) => files[path] ?? null,
  };
}

test('a farm of one of the folders above is found, with its admin token', async () => {
  expect(await findTarget({}, deps('/home/me/app/src/deep'))).toEqual({
    url: 'http://localhost:9000',
    token: 'secret',
    from: '/home/me/app/.croft',
  });
});

test('without any farm it is the default port, without a token', async () => {
  const target = await findTarget({}, deps('/home/me/other'));
  expect(target).toEqual({ url: 'http://localhost:8484', token: null, from: 'the default' });
  expect(await findTarget({}, deps('/home/me/half'))).toMatchObject({ from: 'the default' });
});

test('the admin token of a farm is never sent to another address', async () => {
  const here = deps('/home/me/app');
  expect(await findTarget({ url: 'https://farm.example.org/' }, here)).toEqual({
    url: 'https://farm.example.org',
    token: null,
    from: '--url',
  });
  expect(await findTarget({ url: 'http://localhost:9000/' }, here)).toMatchObject({ token: 'secret' });
});

test('an option goes before a variable, and a variable before the folder', async () => {
  const here = deps('/home/me/app', { url: 'http://variable', token: 'variable' });
  expect(await findTarget({}, here)).toMatchObject({ url: 'http://variable', token: 'variable' });
  expect(await findTarget({ url: 'http://option', token: 'option' }, here)).toMatchObject({
    url: 'http://option',
    token: 'option',
  });
});

test('an empty variable is none', async () => {
  const target = await findTarget({}, deps('/home/me/app', { url: '', token: '' }));
  expect(target).toMatchObject({ url: 'http://localhost:9000', token: 'secret' });
});

test('a data folder that was named and holds no farm is an error', async () => {
  await expect(findTarget({ data: 'nothing' }, deps('/home/me'))).rejects.toThrow(
    '--data: no coordinator has run in /home/me/nothing',
  );
});
