import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  createWorkplace,
  processes,
  type StartProcess,
  until,
  type Workplace,
} from './testing/start-process.ts';

async function whenUp(place: Workplace, start: StartProcess, agents = 1): Promise<string> {
  const url = await until('the line on standard output', () => /Croft is at (\S+)\n/.exec(start.out())?.[1]);
  await until('the agent', () => place.agents().length >= agents);
  return url;
}

const isGone = (pid: number) => !processes.isAlive(pid);

describe('croft start', () => {
  test('starts both parts, prints one line on standard output and stops all of it on Ctrl-C', async () => {
    await using place = await createWorkplace();
    const start = place.start('--port', '0');
    const url = await whenUp(place, start);
    const [coordinator = 0] = place.coordinators();
    const [agent] = place.agents();
    expect(agent).toMatchObject({ token: 'join-me', url, hostType: 'local' });
    expect(processes.commandOf(agent?.pid ?? 0)?.join(' ')).not.toContain('join-me');
    expect(readFileSync(join(place.data, '.gitignore'), 'utf8')).toBe('*\n');
    start.signal('SIGINT');
    expect(await start.exitCode).toBe(0);
    expect(start.out()).toBe(`Croft is at ${url}\n`);
    expect(start.err()).toContain('croft: stopped');
    expect(isGone(coordinator) && isGone(agent?.pid ?? 0)).toBe(true);
    expect(existsSync(join(place.data, 'supervisor.json'))).toBe(false);
  });

  test('starts a part again that was killed, and says so; an agent with an identity needs no new token', async () => {
    await using place = await createWorkplace();
    const start = place.start('--port', '0');
    const url = await whenUp(place, start);
    const [coordinator = 0] = place.coordinators();
    processes.kill(place.agents()[0]?.pid ?? 0);
    const again = await until('a second agent', () => place.agents()[1]);
    expect(again).toMatchObject({ token: null, url });
    expect(start.err()).toContain('the local agent stopped unasked (signal SIGKILL), trying again in');
    processes.kill(coordinator);
    await until('a second coordinator', () => place.coordinators()[1]);
    await until('it answers at the same place', () => start.err().includes('the coordinator runs again'));
    await until('its record', () => existsSync(join(place.data, 'coordinator.json')));
    const answers = await until('an answer', () =>
      fetch(`${url}/healthz`).then(
        (r) => r.ok,
        () => false,
      ),
    );
    expect(await answers).toBe(true);
    expect(processes.isAlive(again.pid)).toBe(true);
  });

  test('killed with SIGKILL leaves both parts running, and the next start goes on with them', async () => {
    await using place = await createWorkplace();
    const first = place.start('--port', '0');
    const url = await whenUp(place, first);
    first.signal('SIGKILL');
    await first.exitCode;
    const [coordinator = 0] = place.coordinators();
    const agent = place.agents()[0]?.pid ?? 0;
    expect(processes.isAlive(coordinator) && processes.isAlive(agent)).toBe(true);
    const second = place.start();
    expect(await whenUp(place, second)).toBe(url);
    await until('adoption', () => second.err().includes(`the local agent runs already (process ${agent})`));
    expect(second.err()).toContain(`the coordinator runs already (process ${coordinator})`);
    processes.kill(agent);
    await until('the adopted agent is replaced', () => place.agents()[1]);
    second.signal('SIGTERM');
    expect(await second.exitCode).toBe(0);
    expect(place.coordinators()).toEqual([coordinator]);
    expect([coordinator, agent, place.agents()[1]?.pid ?? 0].every(isGone)).toBe(true);
  });

  test('goes on with an agent whose coordinator and supervisor were killed together, on the same port', async () => {
    await using place = await createWorkplace();
    const first = place.start('--port', '0');
    const url = await whenUp(place, first);
    first.signal('SIGKILL');
    processes.kill(place.coordinators()[0] ?? 0);
    await first.exitCode;
    const second = place.start();
    expect(await whenUp(place, second)).toBe(url);
    await until('adoption', () => second.err().includes('the local agent runs already'));
    expect(place.coordinators()).toHaveLength(2);
    expect(place.agents()).toHaveLength(1);
  });

  test('a second start beside a living one takes over, and nothing is doubled', async () => {
    await using place = await createWorkplace();
    const first = place.start('--port', '0');
    const url = await whenUp(place, first);
    const second = place.start();
    expect(await first.exitCode).toBe(0);
    expect(first.err()).toContain('another croft start has taken over');
    expect(await whenUp(place, second)).toBe(url);
    await until('adoption', () => second.err().includes('the local agent runs already'));
    expect(place.coordinators()).toHaveLength(1);
    expect(place.agents()).toHaveLength(1);
  });

  test('an option that the running coordinator does not have makes a new one', async () => {
    await using place = await createWorkplace();
    const first = place.start('--port', '0');
    await whenUp(place, first);
    const second = place.start('--env', 'staging', '--data', place.data);
    await whenUp(place, second);
    expect(second.err()).toContain('the coordinator runs with another --env, starting it anew');
    const [before = 0, after = 0] = place.coordinators();
    expect(isGone(before)).toBe(true);
    expect(processes.commandOf(after)?.join(' ')).toContain('--env staging');
  });

  test('a second Ctrl-C does not wait for a part that will not stop', async () => {
    await using place = await createWorkplace();
    place.put('stubborn', '');
    const start = place.start('--port', '0');
    await whenUp(place, start);
    start.signal('SIGINT');
    await until('stopping', () => start.err().includes('stopping'));
    await Bun.sleep(600);
    start.signal('SIGINT');
    expect(await start.exitCode).toBe(130);
    expect(isGone(place.coordinators()[0] ?? 0)).toBe(true);
  });

  test('a host type that the configuration alone has is taken; with none that fits, there is no local agent', async () => {
    await using place = await createWorkplace();
    place.put('host-type', 'linux-x64');
    const start = place.start('--port', '0');
    await whenUp(place, start);
    expect(place.agents()[0]).toMatchObject({ hostType: 'linux-x64' });
    const other = place.start('--host-type', 'beos');
    const problem = 'no local agent: the configuration has no host type "beos"; it has linux-x64';
    await until('the reason', () => other.err().includes(problem));
  });
});

describe('croft start refuses', () => {
  test('what the coordinator refuses, with its words and without trying again', async () => {
    await using place = await createWorkplace();
    place.put('refuse', 'farm.config.json: builders[0] has no name');
    const start = place.start('--port', '0');
    expect(await start.exitCode).toBe(2);
    expect(start.err()).toContain('croft: farm.config.json: builders[0] has no name');
    expect(start.out()).toBe('');
  });

  test('a folder outside of any repository', async () => {
    await using place = await createWorkplace({ git: false });
    const start = place.start('--port', '0');
    expect(await start.exitCode).toBe(2);
    expect(start.err()).toContain('is in no git repository; name one with --repo');
  });

  test('a repository that is not there', async () => {
    await using place = await createWorkplace();
    const missing = place.start('--repo', './missing');
    expect(await missing.exitCode).toBe(2);
    expect(missing.err()).toContain('--repo ./missing: there is no such folder');
    const unreachable = place.start('--repo', 'http://user:secret@127.0.0.1:1/x.git');
    expect(await unreachable.exitCode).toBe(8);
    expect(unreachable.err()).toContain('--repo http://127.0.0.1:1/x.git: ');
    expect(unreachable.err()).not.toContain('secret');
    expect(place.coordinators()).toEqual([]);
  });

  test('a port that another program has, when it was asked for', async () => {
    await using place = await createWorkplace();
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    try {
      const start = place.start('--port', String(port));
      expect(await start.exitCode).toBe(6);
      expect(start.err()).toContain(`--port ${port}: another program listens there`);
    } finally {
      other.close();
    }
  });
});
