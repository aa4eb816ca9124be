import { describe, expect, test } from 'bun:test';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { type FakeConfigFile, fakeConfigFile } from '../../test/fakes/config-file.ts';
import { defaultConfig } from './default-config.ts';
import type { FarmFile } from './farm-schema.ts';
import { createFarmSettings } from './service.ts';

const fallback = defaultConfig({ repository: '/home/ada/website' });

function farm(name: string): FarmFile {
  return { name, repositories: [] };
}
async function settingsFor(file: FakeConfigFile) {
  const clock = createManualClock(1_000);
  const settings = await createFarmSettings({ file, fallback, clock, log: silentLog }, { pollMs: 100 });
  return { clock, settings };
}

describe('at the start', () => {
  test('without a file the embedded default is in force', async () => {
    const { settings } = await settingsFor(fakeConfigFile(undefined));
    expect(settings.state()).toEqual({ config: fallback, file: null, loadedAt: 1_000, broken: null });
  });

  test('with a file it is', async () => {
    const { settings } = await settingsFor(fakeConfigFile(farm('lab')));
    expect(settings.state()).toMatchObject({ config: { name: 'lab' }, file: '/etc/farm.json', broken: null });
  });

  test('a file with mistakes stops it, and all of them are told', async () => {
    const file = fakeConfigFile({ nam: 'x', repositories: [{ name: 'a b', url: '/x' }] });
    await expect(settingsFor(file)).rejects.toMatchObject({
      code: 'invalid_input',
      blame: 'caller',
      details: {
        problems: [expect.stringContaining('nam: '), expect.stringContaining('repositories[0].name')],
      },
    });
  });

  test('so does a file that cannot be read', async () => {
    const file = fakeConfigFile(new Error('Line 3: unexpected token'));
    await expect(settingsFor(file)).rejects.toThrow('Line 3: unexpected token');
  });
});

describe('while it runs', () => {
  test('a new file counts, without a restart', async () => {
    const file = fakeConfigFile(farm('one'));
    const { clock, settings } = await settingsFor(file);
    const heard: string[] = [];
    settings.onChange((state) => heard.push(state.config.name));
    const stop = new AbortController();
    const ran = settings.run(stop.signal);
    await clock.advance(1_000);
    expect(file.reads).toBe(1);
    file.set(farm('two'));
    await clock.advance(100);
    expect(settings.state().config.name).toBe('two');
    expect(heard).toEqual(['two']);
    stop.abort();
    await ran;
  });

  test('a broken one changes nothing, is told once, and a mended one counts', async () => {
    const file = fakeConfigFile(farm('one'));
    const { clock, settings } = await settingsFor(file);
    let told = 0;
    settings.onChange(() => told++);
    const stop = new AbortController();
    const ran = settings.run(stop.signal);
    file.set({ repositories: 7 });
    await clock.advance(500);
    expect(settings.state()).toMatchObject({
      config: { name: 'one' },
      broken: { at: expect.any(Number), problems: [{ path: 'repositories' }] },
    });
    expect(told).toBe(1);
    file.set(farm('three'));
    await clock.advance(100);
    expect(settings.state()).toMatchObject({ config: { name: 'three' }, broken: null });
    stop.abort();
    await ran;
  });

  test('one that cannot be read is read again only when it changed', async () => {
    const file = fakeConfigFile(farm('one'));
    const { clock, settings } = await settingsFor(file);
    const stop = new AbortController();
    const ran = settings.run(stop.signal);
    file.set(new Error('not a module'));
    await clock.advance(1_000);
    expect(settings.state().broken?.problems[0]?.problem).toBe('not a module');
    expect(file.reads).toBe(2);
    stop.abort();
    await ran;
  });

  test('a file that goes away leaves what it said in force', async () => {
    const file = fakeConfigFile(farm('one'));
    const { settings } = await settingsFor(file);
    file.set(undefined);
    const state = await settings.reload();
    expect(state.config.name).toBe('one');
    expect(state.broken?.problems[0]?.problem).toBe('The file is gone');
    file.set(farm('two'));
    expect((await settings.reload()).broken).toBeNull();
  });

  test('a file that comes takes over from the embedded default', async () => {
    const file = fakeConfigFile(undefined);
    const { settings } = await settingsFor(file);
    expect((await settings.reload()).file).toBeNull();
    file.set(farm('one'));
    expect(await settings.reload()).toMatchObject({ file: '/etc/farm.json', config: { name: 'one' } });
  });

  test('a listener that fails keeps the news from nobody', async () => {
    const file = fakeConfigFile(farm('one'));
    const { settings } = await settingsFor(file);
    let heard = false;
    settings.onChange(() => {
      throw new Error('of my own making');
    });
    const stopListening = settings.onChange(() => {
      heard = true;
    });
    await settings.reload();
    expect(heard).toBe(true);
    heard = false;
    stopListening();
    await settings.reload();
    expect(heard).toBe(false);
  });

  test('a file whose revision cannot be asked for is broken until it can', async () => {
    const file = fakeConfigFile(farm('one'));
    let fails = false;
    const flaky = {
      ...file,
      revision: () => (fails ? Promise.reject(new Error('no disk')) : file.revision()),
    };
    const clock = createManualClock(0);
    const settings = await createFarmSettings(
      { file: flaky, fallback, clock, log: silentLog },
      { pollMs: 100 },
    );
    const stop = new AbortController();
    const ran = settings.run(stop.signal);
    fails = true;
    await clock.advance(300);
    expect(settings.state().broken?.problems[0]?.problem).toBe('no disk');
    fails = false;
    await clock.advance(100);
    expect(settings.state().broken).toBeNull();
    stop.abort();
    await ran;
  });
});
