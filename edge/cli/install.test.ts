import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingPackages } from './install.mjs';

const dir = mkdtempSync(join(tmpdir(), 'croft-install-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function project(name: string, installed: unknown): string {
  const root = join(dir, name);
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  const packages = {
    '': { name: 'croft' },
    'node_modules/elysia': { version: '1.4.30' },
    'node_modules/@oven/bun-darwin-x64': { version: '1.4.5', optional: true },
    'node_modules/typescript': { version: '7.0.2', dev: true },
  };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  if (installed !== null) {
    const text = typeof installed === 'string' ? installed : JSON.stringify({ packages: installed });
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), text);
  }
  return root;
}

test('nothing installed, or an installation that was cut off: all is missing', () => {
  expect(missingPackages(project('fresh', null), { dev: true })).toEqual(['elysia', 'typescript']);
  expect(missingPackages(project('cut', '{"packages": {"node_mod'), { dev: true })).toEqual([
    'elysia',
    'typescript',
  ]);
});

test('what only tests need counts only for tests', () => {
  const root = project('production', { 'node_modules/elysia': { version: '1.4.30' } });
  expect(missingPackages(root, { dev: false })).toEqual([]);
  expect(missingPackages(root, { dev: true })).toEqual(['typescript']);
});

test('another version is missing, a package of another platform is not', () => {
  const root = project('stale', {
    'node_modules/elysia': { version: '1.4.29' },
    'node_modules/typescript': { version: '7.0.2' },
  });
  expect(missingPackages(root, { dev: true })).toEqual(['elysia']);
});
