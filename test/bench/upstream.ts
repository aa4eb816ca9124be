/**
 * Upstream's coordinator in dev mode with one reverse buildlet. It has no queue and stores nothing there: a lease of the buildlet, and
 * commands on it through the coordinator, are what it can do alone.
 */
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../farm/processes.ts';
import { freePort } from '../tools/free-port.ts';
import { openDoorbell } from './doorbell.ts';
import { type PeerProcess, startPeer } from './peer-process.ts';
import { upstreamVersion } from './peers.ts';
import { goOn, inParallel, loudCommand, type System, slots, startsIn, survivorCommand } from './system.ts';

const user = 'user-probe';
/** What dev mode derives every key from. */
const devKey = 'gophers rule';
/** Dev mode finds the site in the path. */
const site = '/farmer.golang.org';
const hostType = 'host-linux-amd64-localdev';

export async function startUpstream(programs: Readonly<Record<string, string>>): Promise<System> {
  const scratch = mkdtempSync(join(tmpdir(), 'croft-bench-upstream-'));
  mkdirSync(join(scratch, 'tmp'));
  const doorbell = await openDoorbell(join(scratch, 'doorbell'));
  const startsFile = join(scratch, 'starts');
  const [port, health] = [await freePort(), await freePort()];
  const client = createClient(`https://localhost:${port}`);
  const processes: { coordinator?: PeerProcess; buildlet?: PeerProcess } = {};
  const env = { HOME: scratch, TMPDIR: join(scratch, 'tmp'), GODEBUG: 'http2server=0' };

  async function startCoordinator(): Promise<void> {
    const args = ['-mode=dev', `-listen-https-selfsigned=localhost:${port}`];
    const of = { program: programs['coordinator'] ?? '', args, cwd: programs['source'] ?? '', env };
    const logFile = join(scratch, 'coordinator.log');
    processes.coordinator = await startPeer({ ...of, logFile }, client.answers);
  }
  async function startBuildlet(): Promise<void> {
    const args = [
      `-coordinator=localhost:${port}`,
      `-reverse-type=${hostType}`,
      '-halt=false',
      `-health-addr=127.0.0.1:${health}`,
    ];
    const logFile = join(scratch, 'buildlet.log');
    const of = { program: programs['buildlet'] ?? '', args, cwd: scratch, env, logFile };
    processes.buildlet = await startPeer(of, client.hasBuildlet);
  }
  async function stop(): Promise<void> {
    await processes.buildlet?.kill();
    await processes.coordinator?.kill();
    await doorbell.close();
    rmSync(scratch, { recursive: true, force: true });
  }

  try {
    await startCoordinator();
    await startBuildlet();
    await client.lease();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: 'upstream',
    version: upstreamVersion,
    async latencyMs() {
      const rings = doorbell.next();
      const askedAt = performance.now();
      const done = client.run(doorbell.command);
      const latency = (await rings) - askedAt;
      await done;
      return latency;
    },
    async trivialSeconds(builds) {
      const begun = performance.now();
      await inParallel(builds, slots, () => client.run('true'));
      return (performance.now() - begun) / 1000;
    },
    async logRate(bytes) {
      const begun = performance.now();
      const got = await client.run(loudCommand(bytes));
      if (got !== bytes) throw new Error(`upstream: ${got} bytes of ${bytes} arrived`);
      return bytes / 1e3 / (performance.now() - begun);
    },
    async survivors() {
      const runs = Promise.allSettled(
        Array.from({ length: slots }, () => client.run(survivorCommand(startsFile))),
      );
      await until('all commands run', () => startsIn(startsFile) === slots, 120_000);
      await processes.coordinator?.kill();
      await startCoordinator();
      goOn(startsFile);
      return (await runs).filter(({ status }) => status === 'fulfilled').length;
    },
    get pids() {
      return { server: processes.coordinator?.pid ?? 0, worker: processes.buildlet?.pid ?? 0 };
    },
    stop,
  };
}

function createClient(url: string) {
  const password = createHmac('md5', devKey).update(user).digest('hex');
  let instance = '';

  async function request(path: string, form?: readonly (readonly [string, string])[]): Promise<Response> {
    const response = await fetch(`${url}${site}${path}`, {
      tls: { rejectUnauthorized: false },
      redirect: 'manual',
      signal: AbortSignal.timeout(120_000),
      headers: {
        authorization: `Basic ${btoa(`${user}:${password}`)}`,
        // With it the request goes on to the buildlet.
        ...(path === '/exec' ? { 'x-buildlet-proxy': instance } : {}),
      },
      ...(form === undefined
        ? {}
        : { method: 'POST', body: new URLSearchParams(form.map(([a, b]) => [a, b])) }),
    });
    if (response.status < 400) return response;
    throw new Error(`upstream: ${path}: ${response.status} ${await response.text()}`);
  }
  const textOf = async (path: string) => await (await request(path)).text();

  return {
    answers: () =>
      textOf('/style.css').then(
        () => true,
        () => false,
      ),
    hasBuildlet: () =>
      textOf('/status/reverse.json').then(
        (text) => /"Machines":\{"[^"]/.test(text.replace(/\s/g, '')),
        () => false,
      ),
    async lease(): Promise<void> {
      const form = [
        ['version', '20191119'],
        ['builderType', 'linux-amd64'],
      ] as const;
      const answer = await (await request('/buildlet/create', form)).text();
      instance = new RegExp(`"${user}-(linux-amd64-\\d+)"`).exec(answer)?.[0].slice(1, -1) ?? '';
      if (instance === '') throw new Error(`upstream: no buildlet was leased: ${answer}`);
    },
    /** Runs a shell command on the leased buildlet; gives the bytes of its output. */
    async run(command: string): Promise<number> {
      const form = [
        ['cmd', '/bin/sh'],
        ['mode', 'sys'],
        ['cmdArg', '-c'],
        ['cmdArg', command],
      ] as const;
      const response = await request('/exec', form);
      let bytes = 0;
      if (response.body !== null) for await (const chunk of response.body) bytes += chunk.length;
      return bytes;
    },
  };
}
