/** What the agent does when things break: the line, the coordinator, itself, the disk. */
import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { processStat } from '../../agent/platform/process-table.ts';
import { isAlive } from '../../agent/platform/signals.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { RunExit } from '../../agent/wire/protocol.ts';
import { createUntil } from '../until.ts';
import { startCoordinator, type TestCoordinator } from './coordinator.ts';
import {
  agentPrograms,
  attach,
  connected,
  failureOf,
  killAgents,
  outputOf,
  runScript,
  startAgent,
} from './program.ts';
import { scratchFolder } from './scratch.ts';

// Processes start slowly on a machine that builds.
setDefaultTimeout(60_000);

const clock = createSystemClock();
const coordinators: TestCoordinator[] = [];

async function coordinatorUp(options: { heartbeatMs?: number } = {}): Promise<TestCoordinator> {
  const coordinator = await startCoordinator(options);
  coordinators.push(coordinator);
  return coordinator;
}

afterEach(async () => {
  killAgents();
  for (const coordinator of coordinators.splice(0)) await coordinator.down();
});

const until = createUntil({ deadlineMs: 15_000, pollMs: 5 });

function isRunning(pid: number): boolean {
  return isAlive(pid) && processStat(pid)?.state !== 'Z';
}

function pidIn(path: string): number {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.endsWith('\n') ? Number(text) : 0;
}

/** Output that says where it is, for a while. */
const counting = 'i=0; while [ $i -lt 4000 ]; do echo "line $i of output that goes on"; i=$((i+1)); done';
const counted = Array.from({ length: 4_000 }, (_, index) => `line ${index} of output that goes on\n`).join(
  '',
);

for (const program of agentPrograms()) {
  describe(`the agent on ${program.name}`, () => {
    test('goes on when the line is cut, and every byte is there after it', async () => {
      const coordinator = await coordinatorUp();
      const agent = startAgent(program, coordinator.url, { dir: scratchFolder() });
      let { session, cut } = await connected(coordinator, agent);
      await session.call('lease.begin', { leaseId: 'l', slot: 0 });
      const first = await runScript(session, 'l', `${counting}; sleep 0.3; ${counting}`, { runId: 'r' });
      let got = Buffer.alloc(0);
      let { source } = first;
      for (let cuts = 0; cuts < 3; cuts++) {
        const upTo = got.length + 20_000;
        for await (const chunk of source) {
          got = Buffer.concat([got, chunk.subarray(8)]);
          if (got.length > upTo) break;
        }
        cut();
        let hello: Awaited<ReturnType<typeof connected>>['hello'];
        ({ session, cut, hello } = await connected(coordinator, agent));
        expect(hello.identity.kind).toBe('machine');
        expect(hello.leases).toEqual([{ leaseId: 'l', slot: 0 }]);
        expect(hello.runs.map(({ runId }) => runId)).toEqual(['r']);
        // Asking to start it again is harmless, and is one way to take it up.
        const again = await session.call('run.start', {
          runId: 'r',
          leaseId: 'l',
          command: { shell: 'exit 9' },
          cwd: '',
          env: {},
          limits: { timeMs: 0, silenceMs: 0, outputBytes: 1, graceMs: 1 },
        });
        expect(again.started).toBe(false);
        ({ source } = await attach(session, 'r', got.length));
      }
      got = Buffer.concat([got, await outputOf(source)]);
      expect(got.toString()).toBe(counted + counted);
      expect(await source.summary).toMatchObject({ exitCode: 0, outputBytes: got.length });
    });

    test('comes back when the coordinator does, and ends the leases that no longer stand', async () => {
      const coordinator = await coordinatorUp();
      const agent = startAgent(program, coordinator.url, { dir: scratchFolder() });
      const { session } = await connected(coordinator, agent);
      const kept = await session.call('lease.begin', { leaseId: 'kept', slot: 0 });
      const dropped = await session.call('lease.begin', { leaseId: 'dropped', slot: 1 });
      await runScript(session, 'kept', 'sleep 0.5; echo kept', { runId: 'kept' });
      await runScript(session, 'dropped', 'echo $$ > pid; sleep 300', { runId: 'dropped' });
      await until('the pid', () => pidIn(join(dropped.workDir, 'pid')) > 0);
      const pid = pidIn(join(dropped.workDir, 'pid'));
      await coordinator.down();
      await clock.sleep(300);
      coordinator.keepLeases = ['kept'];
      await coordinator.listen();
      const next = await connected(coordinator, agent);
      expect(next.hello.leases.map(({ leaseId }) => leaseId).sort()).toEqual(['dropped', 'kept']);
      const { source } = await attach(next.session, 'kept', 0);
      expect((await outputOf(source)).toString()).toBe('kept\n');
      await until('the end of the other', () => !isRunning(pid));
      await next.session.call('lease.begin', { leaseId: 'new', slot: 1 });
      expect(readdirSync(dropped.workDir).filter((name) => !name.startsWith('.'))).toEqual([]);
      expect(readdirSync(kept.workDir).length).toBeGreaterThan(0);
    });

    test('notices a coordinator that went silent, and dials again', async () => {
      const coordinator = await coordinatorUp({ heartbeatMs: 150 });
      const agent = startAgent(program, coordinator.url, { dir: scratchFolder() });
      const { freeze } = await connected(coordinator, agent);
      const begun = clock.monotonic();
      freeze();
      await connected(coordinator, agent);
      expect(clock.monotonic() - begun).toBeLessThan(5_000);
    });

    test('that was killed leaves nothing running; the next one tells what ended and what is lost', async () => {
      const coordinator = await coordinatorUp();
      const dir = scratchFolder();
      const first = startAgent(program, coordinator.url, { dir });
      const { session } = await connected(coordinator, first);
      const a = await session.call('lease.begin', { leaseId: 'a', slot: 0 });
      const done = await runScript(session, 'a', 'echo done; exit 5', { runId: 'done' });
      await outputOf(done.source);
      await runScript(
        session,
        'a',
        'echo half; (setsid sh -c "echo \\$\\$ > escaped; exec sleep 300" &); echo $$ > pid; sleep 300',
        {
          runId: 'half',
        },
      );
      await until('both pids', () => ['pid', 'escaped'].every((name) => pidIn(join(a.workDir, name)) > 0));
      const pids = ['pid', 'escaped'].map((name) => pidIn(join(a.workDir, name)));
      await first.kill('SIGKILL');

      const second = startAgent(program, coordinator.url, { dir });
      const { session: next, hello } = await connected(coordinator, second);
      for (const pid of pids) expect(isRunning(pid)).toBe(false);
      expect(hello.leases).toEqual([{ leaseId: 'a', slot: 0 }]);
      const exits = new Map(hello.runs.map(({ runId, exit }) => [runId, exit]));
      expect(exits.get('done')).toMatchObject({ exitCode: 5, reason: 'exited' });
      expect(exits.get('half')).toMatchObject({ exitCode: null, reason: 'lost' });
      for (const [runId, text] of [
        ['done', 'done\n'],
        ['half', 'half\n'],
      ] as const) {
        const { source } = await attach(next, runId, 0);
        expect((await outputOf(source)).toString()).toBe(text);
        expect(await source.summary).toEqual(exits.get(runId));
      }
      // The lease goes on where the coordinator says so.
      const more = await runScript(next, 'a', 'ls pid');
      expect((await outputOf(more.source)).toString()).toBe('pid\n');
      expect((await next.call('lease.end', { leaseId: 'a' })).proven).toBe(true);
    });

    test('that is told to stop says so, stops what runs, and loses no finished result', async () => {
      const coordinator = await coordinatorUp();
      const dir = scratchFolder();
      const agent = startAgent(program, coordinator.url, { dir });
      const { session } = await connected(coordinator, agent);
      const { workDir } = await session.call('lease.begin', { leaseId: 'a', slot: 0 });
      const finished = await runScript(session, 'a', 'echo ok', { runId: 'finished' });
      await outputOf(finished.source);
      const { source } = await runScript(session, 'a', 'echo $$ > pid; sleep 300', { runId: 'live' });
      await until('the pid', () => pidIn(join(workDir, 'pid')) > 0);
      const closed = session.closed;
      const reading = outputOf(source);
      expect(await agent.kill('SIGTERM')).toBe(5);
      await reading;
      // Not red: nobody knows how it would have ended.
      expect(await source.summary).toMatchObject({ reason: 'lost' });
      expect(await closed).toMatchObject({ code: 'shutting_down' });
      expect(coordinator.notices.map(({ name }) => name)).toContain('agent.draining');
      expect(isRunning(pidIn(join(workDir, 'pid')))).toBe(false);

      const next = await connected(coordinator, startAgent(program, coordinator.url, { dir }));
      expect(next.hello.runs.find(({ runId }) => runId === 'finished')?.exit).toMatchObject({ exitCode: 0 });
    });

    test('that is idle stops with 0, without asking the coordinator', async () => {
      const coordinator = await coordinatorUp();
      const agent = startAgent(program, coordinator.url, { dir: scratchFolder() });
      await connected(coordinator, agent);
      await coordinator.down();
      expect(await agent.kill('SIGINT')).toBe(0);
      await coordinator.listen();
    });

    test('that is told twice to stop does not wait for what resists', async () => {
      const coordinator = await coordinatorUp();
      const agent = startAgent(program, coordinator.url, { dir: scratchFolder() });
      const { session } = await connected(coordinator, agent);
      const { workDir } = await session.call('lease.begin', { leaseId: 'a', slot: 0 });
      await runScript(session, 'a', 'trap "" TERM; echo $$ > pid; while :; do sleep 1; done', {
        limits: { graceMs: 600_000 },
      });
      await until('the pid', () => pidIn(join(workDir, 'pid')) > 0);
      const begun = clock.monotonic();
      agent.process.kill('SIGTERM');
      await until('it heard', () => agent.stderr().includes('agent.signal'));
      expect(await agent.kill('SIGINT')).toBe(5);
      expect(clock.monotonic() - begun).toBeLessThan(5_000);
      expect(isRunning(pidIn(join(workDir, 'pid')))).toBe(false);
    });

    test('that is refused for good ends with a message and a code of its own', async () => {
      const coordinator = await coordinatorUp();
      coordinator.refuseWith = new FarmError('machine_revoked', 'The key was revoked', { blame: 'caller' });
      const agent = startAgent(program, coordinator.url, { dir: scratchFolder() });
      expect(await agent.exited).toBe(3);
      expect(agent.stderr()).toContain('The key was revoked');
    });

    test('without an identity and without a token says what to give', async () => {
      const agent = startAgent(program, 'http://127.0.0.1:1', {
        dir: scratchFolder(),
        env: { CROFT_JOIN_TOKEN: '' },
      });
      expect(await agent.exited).toBe(2);
      expect(agent.stderr()).toContain('--join');
    });

    test('drops acknowledged output when its spools are full, and keeps the rest', async () => {
      const coordinator = await coordinatorUp();
      const args = ['--spool-bytes', '12000000'];
      const agent = startAgent(program, coordinator.url, { dir: scratchFolder(), args });
      const { session } = await connected(coordinator, agent);
      await session.call('lease.begin', { leaseId: 'a', slot: 0 });
      const limits = { outputBytes: 1_000_000_000 };
      const { runId, source } = await runScript(session, 'a', 'head -c 40000000 /dev/zero; echo end', {
        limits,
      });
      let bytes = 0;
      for await (const chunk of source) {
        bytes += chunk.length - 8;
        session.notify('run.acknowledge', { runId, offset: bytes });
      }
      const exit = (await source.summary) as RunExit;
      expect(exit.outputBytes).toBe(bytes);
      expect(exit.exitCode).toBe(0);
      expect(await failureOf(attach(session, runId, 0))).toMatchObject({ code: 'conflict' });
      const end = await attach(session, runId, bytes - 4);
      expect((await outputOf(end.source)).toString()).toBe('end\n');
    });

    describe('on a full disk', () => {
      const canMount = process.platform === 'linux' && process.getuid?.() === 0;
      if (!canMount) process.stderr.write('SKIPPED: full disks, since this is not root on Linux\n');

      /** A disk of a few MiB, and a way to fill it to the last byte. */
      function smallDisk(): { dir: string; fill: () => void; free: () => void; unmount: () => void } {
        const dir = scratchFolder();
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=700', 'tmpfs', dir]);
        const ballast = join(dir, 'ballast');
        return {
          dir,
          fill() {
            const { bavail, bsize } = statfsSync(dir);
            // More than there is: the agent may take some meanwhile.
            expect(() => writeFileSync(ballast, Buffer.alloc((bavail + 100) * bsize))).toThrow('ENOSPC');
          },
          free: () => rmSync(ballast),
          unmount: () => execFileSync('umount', ['-l', dir]),
        };
      }

      test.skipIf(!canMount)('blames the machine, and loses no result', async () => {
        const disk = smallDisk();
        try {
          const coordinator = await coordinatorUp();
          const agent = startAgent(program, coordinator.url, { dir: disk.dir });
          const { session } = await connected(coordinator, agent);
          await session.call('lease.begin', { leaseId: 'a', slot: 0 });
          const go = join(scratchFolder(), 'go');
          const wait = `while [ ! -e ${go} ]; do sleep 0.02; done`;
          const quiet = await runScript(session, 'a', `${wait}; exit 0`, { runId: 'quiet' });
          const loud = await runScript(session, 'a', `${wait}; head -c 3000000 /dev/zero; sleep 300`, {
            runId: 'loud',
          });
          const writer = await runScript(
            session,
            'a',
            `${wait}; echo x > new; head -c 100000 /dev/zero > file`,
            {
              runId: 'writer',
            },
          );
          disk.fill();
          writeFileSync(go, '');
          const outputs = [quiet, loud, writer].map(({ source }) => outputOf(source));
          await Promise.all(outputs);
          expect(await quiet.source.summary).toMatchObject({ exitCode: 0, reason: 'exited' });
          expect(await loud.source.summary).toMatchObject({ reason: 'disk-full' });
          expect(await writer.source.summary).toMatchObject({ reason: 'disk-full' });
          const refused = await failureOf(runScript(session, 'a', 'true', { runId: 'late' }));
          expect(refused).toMatchObject({ code: 'disk_full', blame: 'machine', retry: 'elsewhere' });
          await agent.kill('SIGKILL');

          const next = startAgent(program, coordinator.url, { dir: disk.dir });
          const { hello, session: after } = await connected(coordinator, next);
          const reasons = hello.runs.map(({ runId, exit }) => [runId, exit?.reason]);
          expect(reasons.sort()).toEqual([
            ['loud', 'disk-full'],
            ['quiet', 'exited'],
            ['writer', 'disk-full'],
          ]);
          disk.free();
          expect((await after.call('lease.end', { leaseId: 'a' })).proven).toBe(true);
          await after.call('lease.begin', { leaseId: 'b', slot: 0 });
          const fine = await runScript(after, 'b', 'echo fine');
          expect((await outputOf(fine.source)).toString()).toBe('fine\n');
        } finally {
          killAgents();
          disk.unmount();
        }
      });
    });
  });
}
