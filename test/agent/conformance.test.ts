/** What a coordinator may rely on, of the agent as a process, on every runtime that it supports. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { processStat } from '../../agent/platform/process-table.ts';
import { isAlive } from '../../agent/platform/signals.ts';
import { limits } from '../../agent/wire/limits.ts';
import type { RunExit } from '../../agent/wire/protocol.ts';
import type { Session } from '../../agent/wire/session.ts';
import { createUntil } from '../until.ts';
import { tarOf } from './archives.ts';
import { startCoordinator, type TestCoordinator } from './coordinator.ts';
import {
  agentPrograms,
  attach,
  connected,
  failureOf,
  freshId,
  killAgents,
  outputOf,
  type RunningAgent,
  runLimits,
  runScript,
  startAgent,
} from './program.ts';

// Processes start slowly on a machine that builds.
setDefaultTimeout(60_000);

const clock = createSystemClock();

const until = createUntil({ deadlineMs: 15_000, pollMs: 5 });

for (const program of agentPrograms()) {
  describe(`the agent on ${program.name}`, () => {
    let dir: string;
    let coordinator: TestCoordinator;
    let agent: RunningAgent;
    let session: Session;

    beforeAll(async () => {
      dir = mkdtempSync(join(realpathSync(tmpdir()), 'croft-agent-'));
      coordinator = await startCoordinator();
      agent = startAgent(program, coordinator.url, {
        dir,
        slots: 4,
        args: ['--name', 'box', '--host-type', 'test-type'],
        env: { AGENT_SECRET: 'do-not-tell', BUN_OPTIONS: '' },
      });
      ({ session } = await connected(coordinator, agent));
    });

    afterAll(async () => {
      await agent.kill('SIGTERM');
      await coordinator.down();
      killAgents();
      rmSync(dir, { recursive: true, force: true });
    });

    async function withLease<T>(
      work: (leaseId: string, workDir: string) => Promise<T>,
      slot = 0,
    ): Promise<T> {
      const leaseId = freshId('lease');
      const { workDir } = await session.call('lease.begin', { leaseId, slot });
      try {
        return await work(leaseId, workDir);
      } finally {
        const ended = await session.call('lease.end', { leaseId });
        expect(ended.proven).toBe(true);
        expectClean(workDir);
      }
    }

    async function exitOf(source: { summary: Promise<unknown> }): Promise<RunExit> {
      return (await source.summary) as RunExit;
    }

    test('says on one line that it is connected', async () => {
      await until('the line', () => agent.stdout().includes('\n'));
      expect(agent.stdout()).toBe(`agent box connected to ${coordinator.url}/ as mch_1\n`);
    });

    test('keeps its key to its owner', () => {
      expect(statSync(join(dir, 'identity.json')).mode & 0o777).toBe(0o600);
      expect(statSync(dir).mode & 0o777).toBe(0o700);
    });

    test('refuses a second one on its folder, with a message and a code of its own', async () => {
      const second = startAgent(program, coordinator.url, { dir });
      expect(await second.exited).toBe(4);
      expect(second.stderr()).toContain(`process ${agent.process.pid}`);
    });

    test('tells its status', async () => {
      const { status, leases, runs } = await session.call('status', {});
      expect(status).toMatchObject({ slots: 4, busySlots: 0, draining: false });
      expect(status.diskTotalBytes).toBeGreaterThan(status.diskFreeBytes);
      expect({ leases, runs }).toEqual({ leases: [], runs: [] });
    });

    describe('a run', () => {
      test('has its output in order, from both of its streams, with the time of each part', async () => {
        await withLease(async (leaseId) => {
          const begun = clock.now();
          const script = 'echo one; echo two >&2; sleep 0.3; echo three';
          const { source } = await runScript(session, leaseId, script);
          let text = '';
          const times: number[] = [];
          for await (const chunk of source) {
            const at = new DataView(chunk.buffer, chunk.byteOffset).getFloat64(0);
            text += Buffer.from(chunk.subarray(8)).toString();
            times.push(at - begun);
          }
          expect(text).toBe('one\ntwo\nthree\n');
          expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(200);
          expect(await exitOf(source)).toMatchObject({
            exitCode: 0,
            signal: null,
            reason: 'exited',
            outputBytes: 14,
          });
        });
      });

      test('tells exit code and signal apart', async () => {
        await withLease(async (leaseId) => {
          const failed = await runScript(session, leaseId, 'exit 7');
          await outputOf(failed.source);
          expect(await exitOf(failed.source)).toMatchObject({ exitCode: 7, signal: null, reason: 'exited' });
          const killed = await runScript(session, leaseId, 'kill -9 $$');
          await outputOf(killed.source);
          expect(await exitOf(killed.source)).toMatchObject({
            exitCode: null,
            signal: 'SIGKILL',
            reason: 'signalled',
          });
        });
      });

      test("sees the environment that was made for it, and nothing of the agent's", async () => {
        await withLease(async (leaseId, workDir) => {
          const { source } = await runScript(
            session,
            leaseId,
            'env; umask; test -d "$HOME"; test -d "$TMPDIR"',
            {
              env: { CROFT_BUILD: 'b1' },
            },
          );
          const text = (await outputOf(source)).toString();
          expect(text).toContain('CROFT_BUILD=b1\n');
          expect(text).toContain(`HOME=${workDir}/`);
          expect(text).toContain(`TMPDIR=${workDir}/`);
          expect(text).toContain('CI=true\n');
          expect(text).toContain(`PWD=${workDir}\n`);
          expect(text).toContain('\n0022\n');
          expect(text).not.toMatch(/do-not-tell|JOIN_TOKEN|BUN_OPTIONS|AGENT_SECRET/);
          expect(await exitOf(source)).toMatchObject({ exitCode: 0 });
        });
      });

      test('passes any bytes unchanged', async () => {
        await withLease(async (leaseId) => {
          const script = `i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done`;
          const { source } = await runScript(session, leaseId, script);
          expect(await outputOf(source)).toEqual(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
        });
      });

      test('starts once however often it is asked for', async () => {
        await withLease(async (leaseId, workDir) => {
          const runId = freshId('run');
          const ask = () => runScript(session, leaseId, 'echo x >> count; sleep 0.1', { runId });
          const both = await Promise.all([ask(), ask()]);
          expect(both.map(({ started }) => started)).toEqual([true, false]);
          await Promise.all(both.map(({ source }) => outputOf(source)));
          const third = await ask();
          expect(third.report.exit).toMatchObject({ exitCode: 0 });
          expect(readFileSync(join(workDir, 'count'), 'utf8')).toBe('x\n');
        });
      });

      test('is attached to at any offset, any number of times, before and after its end', async () => {
        await withLease(async (leaseId) => {
          const { runId, source } = await runScript(session, leaseId, 'seq 1 3000; sleep 0.2; seq 3001 6000');
          const early = await Promise.all([0, 1, 5_000].map((offset) => attach(session, runId, offset)));
          const whole = await outputOf(source);
          expect(whole.toString()).toEndWith('\n6000\n');
          for (const [index, offset] of [0, 1, 5_000].entries()) {
            expect(await outputOf(early[index]!.source)).toEqual(whole.subarray(offset));
          }
          for (const offset of [0, 77, whole.length - 1, whole.length]) {
            const late = await attach(session, runId, offset);
            expect(await outputOf(late.source)).toEqual(whole.subarray(offset));
            expect(await exitOf(late.source)).toMatchObject({ outputBytes: whole.length });
          }
        });
      });

      test('that is not known is not found', async () => {
        const stream = session.newStreamId();
        session.receive(stream);
        const unknown = session.call('run.attach', { runId: 'nothing', offset: 0, stream });
        expect(await failureOf(unknown)).toMatchObject({ code: 'not_found' });
        expect(await failureOf(session.call('run.wait', { runId: 'nothing' }))).toMatchObject({
          code: 'not_found',
        });
      });

      test('is not waiting for a reader: one that stops reading stops nobody', async () => {
        await withLease(async (leaseId) => {
          const { runId, source } = await runScript(session, leaseId, 'head -c 6000000 /dev/zero');
          const exit = await session.call('run.wait', { runId });
          expect(exit.outputBytes).toBe(6_000_000);
          expect((await outputOf(source)).length).toBe(6_000_000);
        });
      });

      test.each(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGKILL'] as const)(
        'gets %s with its whole group',
        async (signal) => {
          await withLease(async (leaseId, workDir) => {
            const { runId } = await runScript(session, leaseId, 'sleep 300 & echo $! > pid; wait');
            const pid = await until('the pid', () => pidIn(join(workDir, 'pid')));
            const ask = { runId, signal };
            expect(await session.call('run.signal', ask)).toEqual({ delivered: true });
            await session.call('run.wait', { runId });
            // A shell without job control has its background processes ignore SIGINT and SIGQUIT.
            if (signal !== 'SIGINT' && signal !== 'SIGQUIT') await until('its end', () => !isRunning(pid));
            expect(await session.call('run.signal', ask)).toEqual({ delivered: false });
          });
        },
      );

      test('that is to stop gets its grace, and no more', async () => {
        await withLease(async (leaseId, workDir) => {
          const polite = await runScript(
            session,
            leaseId,
            'trap "echo bye; exit 3" TERM; touch up1; sleep 300 & wait',
          );
          const stubborn = await runScript(
            session,
            leaseId,
            'trap "" TERM; touch up2; sleep 300; sleep 300',
            {
              limits: { graceMs: 300 },
            },
          );
          await until('both are up', () => ['up1', 'up2'].every((file) => existsSync(join(workDir, file))));
          const begun = clock.monotonic();
          for (const { runId } of [polite, stubborn]) {
            await session.call('run.signal', { runId, signal: 'stop' });
          }
          // The shell may say first that its child was terminated.
          expect((await outputOf(polite.source)).toString()).toEndWith('bye\n');
          expect(await exitOf(polite.source)).toMatchObject({ exitCode: 3, reason: 'exited' });
          await outputOf(stubborn.source);
          expect(await exitOf(stubborn.source)).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
          expect(clock.monotonic() - begun).toBeGreaterThan(290);
        });
      });

      test('is ended by its limits of time and of silence, and told as such', async () => {
        await withLease(async (leaseId) => {
          const long = await runScript(session, leaseId, 'while :; do echo x; sleep 0.05; done', {
            limits: { timeMs: 400, graceMs: 100 },
          });
          const silent = await runScript(session, leaseId, 'echo x; sleep 300', {
            limits: { silenceMs: 300, graceMs: 100 },
          });
          await Promise.all([outputOf(long.source), outputOf(silent.source)]);
          const exits = await Promise.all([exitOf(long.source), exitOf(silent.source)]);
          expect(exits.map(({ reason }) => reason)).toEqual(['time-limit', 'silence-limit']);
          expect(exits[0]?.message).toContain('400 ms');
          expect(exits[1]?.message).toContain('300 ms');
        });
      });

      test('past its limit of output keeps head and end, and says what is missing', async () => {
        await withLease(async (leaseId) => {
          const script = 'echo head; head -c 5000000 /dev/zero | tr "\\0" x; echo; echo the end';
          const { source } = await runScript(session, leaseId, script, { limits: { outputBytes: 100_000 } });
          const text = (await outputOf(source)).toString();
          expect(text).toStartWith('head\nxxx');
          expect(text).toEndWith('xxx\nthe end\n');
          const { outputBytes, droppedBytes, exitCode } = await exitOf(source);
          expect(exitCode).toBe(0);
          expect(outputBytes).toBe(text.length);
          expect(droppedBytes).toBe(5_000_014 - 100_000 - 1024 * 1024);
          expect(text).toContain(`${droppedBytes} bytes are left out here`);
        });
      });

      test('that cannot be started ends so, with the reason', async () => {
        await withLease(async (leaseId) => {
          const start = async (argv: string[], cwd: string) => {
            const ask = {
              runId: freshId('run'),
              leaseId,
              command: { argv },
              cwd,
              env: {},
              limits: runLimits,
            };
            return (await session.call('run.start', ask)).report.exit;
          };
          expect(await start(['no-such-program'], '')).toMatchObject({
            reason: 'could-not-start',
            message: expect.stringContaining('no-such-program'),
          });
          expect(await start(['true'], 'no/such/folder')).toMatchObject({
            reason: 'could-not-start',
            message: expect.stringContaining('no/such/folder'),
          });
        });
      });

      test('outside of its work folder is refused', async () => {
        await withLease(async (leaseId) => {
          const link = await runScript(session, leaseId, 'ln -s / out; mkdir in');
          await outputOf(link.source);
          for (const cwd of ['..', 'in/../..', '/tmp', 'out', 'out/tmp']) {
            const refused = runScript(session, leaseId, 'pwd', { cwd });
            expect(await failureOf(refused)).toMatchObject({ blame: 'caller' });
          }
          const inside = await runScript(session, leaseId, 'pwd', { cwd: 'in' });
          expect((await outputOf(inside.source)).toString()).toEndWith('/in\n');
        });
      });

      test('is over when its leader is, whoever still holds the pipe', async () => {
        await withLease(async (leaseId) => {
          const begun = clock.monotonic();
          const { source } = await runScript(session, leaseId, 'sleep 300 & echo done');
          expect((await outputOf(source)).toString()).toBe('done\n');
          expect(clock.monotonic() - begun).toBeLessThan(5_000);
          expect(await exitOf(source)).toMatchObject({
            exitCode: 0,
            message: expect.stringContaining('left behind'),
          });
        });
      });

      test('needs a lease that stands', async () => {
        expect(await failureOf(runScript(session, 'nobody', 'true'))).toMatchObject({ code: 'lease_lost' });
        const leaseId = freshId('lease');
        await session.call('lease.begin', { leaseId, slot: 1 });
        const { runId } = await runScript(session, leaseId, 'sleep 300');
        await session.call('lease.end', { leaseId });
        expect(await failureOf(runScript(session, leaseId, 'true'))).toMatchObject({ code: 'lease_lost' });
        expect(await failureOf(session.call('run.wait', { runId }))).toMatchObject({ code: 'not_found' });
      });
    });

    describe('files', () => {
      test('go in and out', async () => {
        await withLease(async (leaseId) => {
          const content = Buffer.from('x'.repeat(3_000_000));
          const up = session.newStreamId();
          const sink = session.send(up);
          const put = session.call('file.put', { leaseId, path: 'a/file', mode: 0o600, stream: up });
          await sink.write(content);
          sink.end();
          const { digest } = await put;
          const down = session.newStreamId();
          const source = session.receive(down);
          const get = session.call('file.get', { leaseId, path: 'a/file', stream: down });
          let bytes = 0;
          for await (const chunk of source) bytes += chunk.length;
          expect(bytes).toBe(content.length);
          expect(await get).toEqual({ bytes, digest, mode: 0o600 });
          const listing = await session.call('file.list', {
            leaseId,
            dir: '',
            recursive: true,
            digest: true,
          });
          expect(listing.entries.map(({ path }) => path).filter((path) => !path.startsWith('.'))).toEqual([
            'a',
            'a/file',
          ]);
          expect(await session.call('file.remove', { leaseId, paths: ['a'] })).toEqual({ removed: 2 });
        });
      });

      test('in an archive are unpacked, cached by digest, and packed', async () => {
        await withLease(async (leaseId, workDir) => {
          const bytes = tarOf([{ name: 'dir/file', content: 'content' }]);
          const put = async (digest?: string) => {
            const stream = session.newStreamId();
            const sink = session.send(stream);
            const ask = { leaseId, dir: 'src', compression: 'none', stream } as const;
            const call = session.call('archive.put', digest === undefined ? ask : { ...ask, digest });
            await sink.write(bytes);
            sink.end();
            return await call;
          };
          const { digest } = await put();
          const unpack = { leaseId, dir: 'again', digest };
          expect(await session.call('archive.unpack', unpack)).toEqual({ have: false, entries: 0 });
          await put(digest);
          expect(await session.call('archive.unpack', unpack)).toEqual({ have: true, entries: 1 });
          expect(readFileSync(join(workDir, 'again/dir/file'), 'utf8')).toBe('content');
          const stream = session.newStreamId();
          const source = session.receive(stream);
          const get = session.call('archive.get', { leaseId, globs: ['again'], stream });
          let packed = 0;
          for await (const chunk of source) packed += chunk.length;
          expect(await get).toMatchObject({ entries: 3, bytes: packed });
        });
      });

      test('on their way break off when the lease ends, and the slot is free again', async () => {
        const leaseId = freshId('lease');
        const { workDir } = await session.call('lease.begin', { leaseId, slot: 2 });
        const stream = session.newStreamId();
        const sink = session.send(stream);
        const put = session.call('file.put', { leaseId, path: 'half', mode: 0o600, stream });
        await sink.write(new Uint8Array(50_000));
        const [ended, putEnded] = await Promise.allSettled([session.call('lease.end', { leaseId }), put]);
        expect(ended).toMatchObject({ status: 'fulfilled', value: { proven: true } });
        expect(putEnded).toMatchObject({ status: 'rejected', reason: { code: 'lease_lost' } });
        expectClean(workDir);
      });

      test('that do not fit what the protocol says are refused by name', async () => {
        await withLease(async (leaseId) => {
          const list = session.call('file.list', {
            leaseId,
            dir: 'x'.repeat(limits.pathBytes + 1),
            recursive: false,
            digest: false,
          });
          expect(await failureOf(list)).toMatchObject({ message: expect.stringContaining('params.dir') });
          const remove = session.call('file.remove', { leaseId, paths: ['ok', '../x'] });
          expect(await failureOf(remove)).toMatchObject({ message: expect.stringContaining('paths.1') });
        });
      });
    });

    test('a drained machine finishes what runs and takes no lease', async () => {
      await withLease(async (leaseId) => {
        await session.call('drain', { on: true });
        const refused = session.call('lease.begin', { leaseId: freshId('lease'), slot: 3 });
        expect(await failureOf(refused)).toMatchObject({ code: 'shutting_down' });
        const { source } = await runScript(session, leaseId, 'echo still');
        expect((await outputOf(source)).toString()).toBe('still\n');
        await session.call('drain', { on: false });
      });
    });
  });
}

/** Nothing is left but the empty folders of HOME and TMPDIR. */
function expectClean(workDir: string): void {
  for (const name of readdirSync(workDir)) {
    expect(['.home', '.tmp']).toContain(name);
    expect(readdirSync(join(workDir, name))).toEqual([]);
  }
}

/** A zombie that init has not fetched yet does not run. */
function isRunning(pid: number): boolean {
  return isAlive(pid) && processStat(pid)?.state !== 'Z';
}

function pidIn(path: string): number | undefined {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.endsWith('\n') ? Number(text) : undefined;
}
