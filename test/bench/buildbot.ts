/** Buildbot as a system under measurement: a master with SQLite on disk and one worker, spoken to over its REST API. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../farm/processes.ts';
import { freePort } from '../tools/free-port.ts';
import { createBuildbotApi } from './buildbot-api.ts';
import { openDoorbell } from './doorbell.ts';
import { type PeerProcess, startPeer } from './peer-process.ts';
import { goOn, inParallel, loudCommand, type System, slots, startsIn, survivorCommand } from './system.ts';

type Commands = Readonly<Record<string, string>>;

/** What a result says that is green. */
const success = 0;

export async function startBuildbot(
  programs: Readonly<Record<string, string>>,
  options: { readonly logBytes: number },
): Promise<System> {
  const scratch = mkdtempSync(join(tmpdir(), 'croft-bench-buildbot-'));
  const doorbell = await openDoorbell(join(scratch, 'doorbell'));
  const startsFile = join(scratch, 'starts');
  const [web, workers] = [await freePort(), await freePort()];
  const commands = {
    bell: doorbell.command,
    loud: loudCommand(options.logBytes),
    ...forEachSlot('trivial', 'true'),
    ...forEachSlot('survivor', survivorCommand(startsFile)),
  };
  let turn = 0;
  const force = (kind: 'trivial' | 'survivor') => api.force(`${kind}-${turn++ % slots}`);
  const run = (program: string, ...args: string[]) =>
    execFileSync(programs[program] ?? '', args, {
      cwd: scratch,
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });
  run('buildbot', 'create-master', '-r', 'master');
  writeFileSync(join(scratch, 'master', 'master.cfg'), masterConfig(commands, web, workers));
  run('buildbot-worker', 'create-worker', 'worker', `127.0.0.1:${workers}`, 'w1', 'pass');
  const api = createBuildbotApi(`http://127.0.0.1:${web}/api/v2`);
  const processes: { master?: PeerProcess; worker?: PeerProcess } = {};

  async function start(name: 'master' | 'worker', ready: () => Promise<boolean>): Promise<void> {
    const program = programs[name === 'master' ? 'buildbot' : 'buildbot-worker'] ?? '';
    const args = ['start', '--nodaemon', join(scratch, name)];
    const logFile = join(scratch, `${name}.log`);
    processes[name] = await startPeer({ program, args, cwd: scratch, logFile }, ready);
  }
  async function stop(): Promise<void> {
    await processes.worker?.kill('SIGTERM');
    await processes.master?.kill('SIGTERM');
    await doorbell.close();
    rmSync(scratch, { recursive: true, force: true });
  }

  try {
    await start('master', api.answers);
    await start('worker', api.hasWorker);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: 'Buildbot',
    version: run('buildbot', '--version').split('\n')[0]?.split(' ').at(-1) ?? '',
    async latencyMs() {
      const rings = doorbell.next();
      const askedAt = performance.now();
      await api.force('bell');
      const latency = (await rings) - askedAt;
      await api.allEnded();
      return latency;
    },
    async trivialSeconds(builds) {
      const last = await api.lastBuild();
      const begun = performance.now();
      await inParallel(builds, 16, () => force('trivial'));
      await api.endedAfter(last, builds);
      return (performance.now() - begun) / 1000;
    },
    async logRate(bytes) {
      const begun = performance.now();
      await api.force('loud');
      await api.allEnded();
      return bytes / 1e3 / (performance.now() - begun);
    },
    async fillQueue(builds, withinMs) {
      await api.control('pause');
      const end = performance.now() + withinMs;
      let asked = 0;
      await inParallel(builds, 16, async () => {
        if (performance.now() >= end) return;
        await force('trivial');
        asked++;
      });
      return asked;
    },
    openQueue: () => api.control('unpause'),
    async survivors() {
      const last = await api.lastBuild();
      await inParallel(slots, slots, () => force('survivor'));
      await until('all builds run', () => startsIn(startsFile) === slots, 120_000);
      await processes.master?.kill();
      await start('master', api.hasWorker);
      goOn(startsFile);
      await api.allEnded();
      const results = (await api.resultsAfter(last)).slice(0, slots);
      const well = results.filter((result) => result === success).length;
      return Math.max(0, well - (startsIn(startsFile) - slots));
    },
    get pids() {
      return { server: processes.master?.pid ?? 0, worker: processes.worker?.pid ?? 0 };
    },
    stop,
  };
}

/** A builder of Buildbot runs one build at a time on a worker, so that as many are needed as there are slots. */
function forEachSlot(kind: string, command: string): Commands {
  return Object.fromEntries(Array.from({ length: slots }, (_, slot) => [`${kind}-${slot}`, command]));
}

function masterConfig(commands: Commands, web: number, workers: number): string {
  const shown = (text: string) => JSON.stringify(text);
  const configs = Object.entries(commands).map(
    ([
      name,
      command,
    ]) => `  util.BuilderConfig(name=${shown(name)}, workernames=['w1'], collapseRequests=False,
    factory=util.BuildFactory([steps.ShellCommand(command=['/bin/sh', '-c', ${shown(command)}])])),`,
  );
  return `
from buildbot.plugins import *
c = BuildmasterConfig = {}
c['workers'] = [worker.Worker('w1', 'pass', max_builds=${slots})]
c['protocols'] = {'pb': {'port': 'tcp:${workers}:interface=127.0.0.1'}}
c['builders'] = [
${configs.join('\n')}
]
c['schedulers'] = [schedulers.ForceScheduler(name='force', builderNames=[${Object.keys(commands).map(shown).join(', ')}])]
c['collapseRequests'] = False
c['title'] = 'bench'
c['titleURL'] = c['buildbotURL'] = 'http://127.0.0.1:${web}/'
c['buildbotNetUsageData'] = None
c['www'] = dict(port='tcp:${web}:interface=127.0.0.1', plugins={})
c['db'] = {'db_url': 'sqlite:///state.sqlite'}
`;
}
