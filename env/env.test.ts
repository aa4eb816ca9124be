import { describe, expect, test } from 'bun:test';
import { checkConfig, readFarmConfig } from '../core/builders/index.ts';
import { environmentNamed, environments } from './environments.ts';
import { goFarm } from './presets/go.ts';
import { nodeFarm } from './presets/node.ts';
import { smallFarm } from './presets/small.ts';

describe('presets', () => {
  test.each([
    ['go', goFarm],
    ['node', nodeFarm],
    ['small', smallFarm],
  ])('%s can be used as it is', (_name, farm) => {
    expect(checkConfig('farm', farm)).toEqual([]);
    expect(checkConfig('farm', JSON.parse(JSON.stringify(farm)))).toEqual([]);
  });

  test('every host type of a preset is used by a builder', () => {
    for (const farm of [goFarm, nodeFarm, smallFarm]) {
      const read = readFarmConfig(farm);
      if ('problems' in read) throw new Error('The preset is broken');
      const used = new Set(read.config.builders.map(({ hostType }) => hostType));
      expect(read.config.hostTypes.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
    }
  });
});

describe('environments', () => {
  test('are found by name', () => {
    for (const [name, environment] of Object.entries(environments)) {
      expect(environmentNamed(name)).toBe(environment);
    }
    expect(environmentNamed('prod')).toBeNull();
    expect(environmentNamed('toString')).toBeNull();
  });

  test('development needs nothing and is for this machine alone', () => {
    expect(environments.development).toMatchObject({
      required: [],
      host: 'localhost',
      blobs: { kind: 'folder' },
    });
  });

  test('no two share what they keep or where they listen', () => {
    const all = Object.values(environments);
    for (const of of [
      all.map(({ dataDir }) => dataDir),
      all.map(({ port, host }) => `${host}:${port}`),
      all.flatMap(({ blobs }) => (blobs.kind === 's3' ? [`${blobs.bucket}/${blobs.prefix}`] : [])),
    ]) {
      expect(new Set(of).size).toBe(of.length);
    }
  });

  test('a bucket needs its key', () => {
    for (const { blobs, required } of Object.values(environments)) {
      const names = required.map(({ name }) => name);
      expect(names.includes('CROFT_S3_SECRET_ACCESS_KEY')).toBe(blobs.kind === 's3');
    }
  });
});
