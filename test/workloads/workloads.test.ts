/** The table of workloads and the configuration made of it, without any registry. */
import { describe, expect, test } from 'bun:test';
import { readFarmConfig, readRepositoryConfig } from '../../core/builders/index.ts';
import { croftBuilders, croftName } from './croft.ts';
import { farmConfig, machineCaches, passedEnvironment } from './farm-config.ts';
import { chosenWorkloads } from './make.ts';
import { workloads } from './workloads.ts';

test.each(workloads.map((workload) => [workload.name, workload] as const))('%s is sound', (_, workload) => {
  const least = workload.registry === 'go-toolchain' ? 2 : 10;
  expect(new Set(workload.versions).size).toBe(workload.versions.length);
  expect(workload.versions.length).toBeGreaterThanOrEqual(least);
  for (const version of Object.keys(workload.red)) expect(workload.versions).toContain(version);
  const recipe = workload.files?.['croft.json'];
  if (recipe !== undefined) expect(readRepositoryConfig(JSON.parse(recipe))).toHaveProperty('config');
});

test('all of them with Croft itself are a farm configuration that is accepted', () => {
  const subjects = workloads.map(({ name, builders }) => ({
    name,
    url: `/srv/${name}`,
    builders,
    history: 20,
  }));
  const croft = { name: croftName, url: '/srv/croft', builders: croftBuilders, history: 10 };
  const config = farmConfig([...subjects, croft], machineCaches('/var/cache'));
  expect(readFarmConfig(config)).toHaveProperty('config');
});

test('a name that no workload has is told, with those there are', () => {
  expect(() => chosenWorkloads(['uuid', 'nothing'])).toThrow(
    'No workload is called "nothing"; there are: uuid',
  );
  expect(chosenWorkloads(['all'])).toBe(workloads);
});

describe('what builds get of the environment', () => {
  test('only names that registry clients know', () => {
    const env = { GOPROXY: 'https://proxy.example.test', PATH: '/bin', AWS_SECRET: 'x', PIP_CERT: '' };
    expect(passedEnvironment(env)).toEqual({ GOPROXY: 'https://proxy.example.test' });
  });
  test('never an address with a password', () => {
    const env = { HTTPS_PROXY: 'http://ann:secret@proxy.example.test:3128' };
    expect(() => passedEnvironment(env)).toThrow('HTTPS_PROXY has credentials');
  });
});
