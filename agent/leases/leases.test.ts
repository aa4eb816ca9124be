import { describe, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { openAgentFolder } from '../folder.ts';
import { createSystemClock } from '../kit/clock.ts';
import { silentLog } from '../kit/log.ts';
import { currentRuntime } from '../platform/runtime.ts';
import { isAlive } from '../platform/signals.ts';
import { createRuns } from '../runs/runs.ts';
import { createSpoolBudget } from '../runs/spool-budget.ts';
import { createLeases, type Leases } from './leases.ts';
import { createPidClock } from './pid-clock.ts';
import { openSlotTable } from './slot-table.ts';

const clock = createSystemClock();
const { spawn, pause } = currentRuntime();
const limits = { timeMs: 0, silenceMs: 0, outputBytes: 1e6, graceMs: 1_000 };
const onLinux = process.platform === 'linux';
const isRoot = onLinux && process.getuid?.() === 0;

/** Without cgroups: what is found here is found by its traces. */
function makeLeases(slots = 2, folder = openAgentFolder(scratchFolder())) {
  const table = openSlotTable(folder.slots, slots);
  const runs = createRuns({
    clock,
    spawn,
    log: silentLog,
    environment: { path: process.env['PATH'] ?? '', outerLeases: '' },
    budget: createSpoolBudget(1e9, clock),
    folder: folder.runs,
  });
  const leases = createLeases({
    clock,
    spawn,
    pause,
    runs,
    table,
    slots,
    log: silentLog,
    pidClock: createPidClock(clock),
    cgroups: undefined,
    workFolder: folder.work,
  });
  let serial = 0;
  async function run(leaseId: string, shell: string) {
    const { workDir, homes } = leases.use(leaseId);
    const { run: started } = await runs.start(
      { runId: `run-${leaseId}-${++serial}`, leaseId, command: { shell }, env: {}, limits },
      { workDir, cwd: workDir, cgroup: undefined, makeHomes: homes.make },
    );
    return started;
  }
  return { folder, leases, runs, run };
}

describe('a slot', () => {
  test('is given empty, to one lease at a time, and again to the same as often as it asks', async () => {
    const { leases } = makeLeases();
    const first = await leases.begin('a', 0);
    expect(first.fresh).toBe(true);
    expect(readdirSync(first.workDir)).toEqual([]);
    expect(await leases.begin('a', 0)).toEqual({ ...first, fresh: false });
    await expect(leases.begin('b', 0)).rejects.toMatchObject({ code: 'conflict' });
    await expect(leases.begin('a', 1)).rejects.toMatchObject({ code: 'conflict' });
    await expect(leases.begin('b', 2)).rejects.toThrow('slots 0 to 1');
    expect(leases.list()).toEqual([{ leaseId: 'a', slot: 0 }]);
  });

  test('is free again after the end, which may be asked for twice, or for nothing', async () => {
    const { leases } = makeLeases();
    const { workDir } = await leases.begin('a', 0);
    writeFileSync(join(workDir, 'left'), 'x');
    const [once, twice] = await Promise.all([leases.end('a'), leases.end('a')]);
    expect(once).toEqual({ killedProcesses: 0, removedEntries: 1, proven: true });
    expect(twice).toEqual(once);
    expect(await leases.end('a')).toEqual({ killedProcesses: 0, removedEntries: 0, proven: true });
    expect(() => leases.use('a')).toThrow('not held');
    expect((await leases.begin('b', 0)).fresh).toBe(true);
  });

  test('is waited for while the lease before it ends', async () => {
    const { leases, run } = makeLeases();
    await leases.begin('a', 0);
    await run('a', 'sleep 100');
    const ending = leases.end('a');
    await leases.begin('b', 0);
    expect((await ending).killedProcesses).toBeGreaterThan(0);
  });

  test('is emptied before it is given, if somebody put something there', async () => {
    const { leases, folder } = makeLeases();
    mkdirSync(join(folder.work, '0', 'planted'), { recursive: true });
    expect(readdirSync((await leases.begin('a', 0)).workDir)).toEqual([]);
  });

  test('of a draining machine takes no lease', async () => {
    const { leases } = makeLeases();
    leases.setDraining(true);
    await expect(leases.begin('a', 0)).rejects.toMatchObject({ code: 'shutting_down', retry: 'elsewhere' });
    leases.setDraining(false);
    await leases.begin('a', 0);
  });
});

describe('the end of a lease', () => {
  const escapes: Record<string, string> = {
    'a background process': 'sleep 300 & echo $! > pid; sleep 300',
    'one in a session of its own': 'setsid sh -c "echo \\$\\$ > pid; exec sleep 300" & sleep 300',
    'one whose parents are gone':
      '(setsid sh -c "echo \\$\\$ > pid; cd /; exec sleep 300" > /dev/null 2>&1 &)',
    'one that ignores every polite signal': 'trap "" TERM INT HUP; echo $$ > pid; sleep 300; sleep 300',
    'one that cleared its environment and stayed in the folder':
      '(env -i setsid sh -c "echo \\$\\$ > pid; exec sleep 300" > /dev/null 2>&1 &)',
    'one that cleared its environment and left the folder, in the session of its run':
      '(env -i sh -c "echo \\$\\$ > pid; cd /; exec sleep 300" > /dev/null 2>&1 &)',
    'a program of the work folder that left everything else':
      'cp "$(command -v sleep)" ./own; (env -i setsid sh -c "echo \\$\\$ > pid; exec 3<./own; d=\\$PWD; cd /; exec \\$d/own 300" > /dev/null 2>&1 &)',
  };

  test.skipIf(!onLinux).each(Object.entries(escapes))('kills %s', async (_, script) => {
    const { leases, run } = makeLeases();
    const { workDir } = await leases.begin('a', 0);
    await run('a', script);
    const pid = await untilWritten(join(workDir, 'pid'));
    expect(isAlive(pid)).toBe(true);
    const { killedProcesses, proven } = await leases.end('a');
    expect(killedProcesses).toBeGreaterThan(0);
    expect(proven).toBe(true);
    expect(isRunning(pid)).toBe(false);
    expectClean(workDir);
  });

  test.skipIf(!onLinux)('kills nothing of the lease beside it', async () => {
    const { leases, run } = makeLeases();
    const mine = await leases.begin('a', 0);
    const other = await leases.begin('b', 1);
    await run('a', 'echo $$ > pid; sleep 300');
    await run('b', '(setsid sh -c "echo \\$\\$ > pid; exec sleep 300" &); sleep 300');
    const pid = await untilWritten(join(other.workDir, 'pid'));
    await untilWritten(join(mine.workDir, 'pid'));
    await leases.end('a');
    expect(isRunning(pid)).toBe(true);
    await leases.end('b');
    expect(isRunning(pid)).toBe(false);
  });

  test.skipIf(!onLinux)('outruns processes that fork for their lives', async () => {
    const { leases, run } = makeLeases();
    const { workDir } = await leases.begin('a', 0);
    await run('a', 'f() { setsid sh -c "sleep 0.01" & sleep 0.02; f; }; echo $$ > pid; f & f & wait');
    await untilWritten(join(workDir, 'pid'));
    expect((await leases.end('a')).proven).toBe(true);
    expectClean(workDir);
  });

  test('leaves nothing of a tree that resists', async () => {
    const { leases } = makeLeases();
    const { workDir } = await leases.begin('a', 0);
    const outside = scratchFolder();
    writeFileSync(join(outside, 'precious'), 'x');
    symlinkSync(outside, join(workDir, 'link'));
    mkdirSync(join(workDir, 'closed', 'inner'), { recursive: true });
    writeFileSync(join(workDir, 'closed', 'inner', 'file'), 'x');
    chmodSync(join(workDir, 'closed', 'inner'), 0o000);
    chmodSync(join(workDir, 'closed'), 0o000);
    writeFileSync(Buffer.concat([Buffer.from(`${workDir}/`), Buffer.from([0xff, 0xfe, 0x0a])]), 'x');
    let deep = workDir;
    for (let level = 0; level < 120; level++) {
      deep = join(deep, 'd'.repeat(20));
      mkdirSync(deep);
    }
    const { removedEntries } = await leases.end('a');
    expect(removedEntries).toBe(1 + 3 + 1 + 120);
    expect(readdirSync(workDir)).toEqual([]);
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('x');
  });

  test.skipIf(!isRoot)('takes mounts off, and touches nothing behind them', async () => {
    const { leases } = makeLeases();
    const { workDir } = await leases.begin('a', 0);
    const outside = scratchFolder();
    writeFileSync(join(outside, 'precious'), 'x');
    mkdirSync(join(workDir, 'a folder/inner'), { recursive: true });
    execFileSync('mount', ['--bind', outside, join(workDir, 'a folder')]);
    mkdirSync(join(workDir, 'memory'));
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(workDir, 'memory')]);
    expect((await leases.end('a')).proven).toBe(true);
    expect(readdirSync(workDir)).toEqual([]);
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('x');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(workDir);
  });

  test.skipIf(!isRoot)('removes what not even root may remove', async () => {
    const { leases } = makeLeases();
    const { workDir } = await leases.begin('a', 0);
    writeFileSync(join(workDir, 'kept'), 'x');
    try {
      execFileSync('chattr', ['+i', join(workDir, 'kept')], { stdio: 'pipe' });
    } catch {
      process.stderr.write('SKIPPED: immutable files, since the disk here knows none\n');
    }
    expect((await leases.end('a')).removedEntries).toBe(1);
  });

  test('that cannot be proven says so, keeps the slot, and is made good later', async () => {
    const { leases, folder } = makeLeases();
    const { workDir } = await leases.begin('a', 0);
    rmSync(workDir, { recursive: true });
    writeFileSync(join(folder.work, '0'), 'a file where the folder was');
    await expect(leases.end('a')).rejects.toMatchObject({ code: 'slot_dirty', blame: 'machine' });
    await expect(leases.begin('b', 0)).rejects.toMatchObject({ code: 'slot_dirty' });
    rmSync(join(folder.work, '0'));
    expect((await leases.begin('b', 0)).fresh).toBe(true);
  });

  test('breaks work on its files off, and waits for it', async () => {
    const { leases } = makeLeases();
    await leases.begin('a', 0);
    const lease = leases.use('a');
    let settled = false;
    const work = lease.during(async () => {
      await new Promise<void>((resolve) => lease.signal.addEventListener('abort', () => resolve()));
      await pause();
      settled = true;
    });
    await leases.end('a');
    expect(settled).toBe(true);
    await work;
    await expect(lease.during(async () => 1)).rejects.toMatchObject({ code: 'lease_lost' });
  });

  test('forgets its runs and their output', async () => {
    const { leases, run, runs, folder } = makeLeases();
    await leases.begin('a', 0);
    const { runId, ended } = await run('a', 'echo something');
    await ended;
    expect(readdirSync(folder.runs).length).toBeGreaterThan(1);
    await leases.end('a');
    expect(() => runs.get(runId)).toThrow('not known');
    expect(readdirSync(folder.runs)).toEqual(['spare']);
  });
});

describe('the folders of HOME and TMPDIR', () => {
  test('stay when nobody has touched them, and are made anew when somebody has', async () => {
    const { leases, run } = makeLeases();
    const inodes = async (leaseId: string, script: string) => {
      const { workDir } = await leases.begin(leaseId, 0);
      expectClean(workDir);
      await (await run(leaseId, script)).ended;
      const found = ['.home', '.tmp'].map((name) => lstatSync(join(workDir, name), { bigint: true }));
      await leases.end(leaseId);
      expectClean(workDir);
      return found.map(({ ino, ctimeNs }) => `${ino} ${ctimeNs}`);
    };
    const first = await inodes('a', 'true');
    expect(await inodes('b', 'true')).toEqual(first);
    await inodes('c', 'sleep 0.02; echo x > "$HOME/file"; chmod 700 "$TMPDIR"');
    const after = await inodes('d', 'true');
    expect(after[0]).not.toBe(first[0]);
    expect(after[1]).not.toBe(first[1]);
    await inodes('e', 'rm -rf "$HOME" "$TMPDIR"; ln -s / "$HOME"; echo > "$TMPDIR"');
    expect(await inodes('f', 'test -d "$HOME" && test -d "$TMPDIR"')).toHaveLength(2);
  });
});

describe('an agent that comes after another', () => {
  test('reports the leases that it finds, and ends those that do not stand', async () => {
    const { leases, folder } = makeLeases();
    await leases.begin('a', 0);
    const { workDir } = await leases.begin('b', 1);
    writeFileSync(join(workDir, 'left'), 'x');
    const next: Leases = makeLeases(1, folder).leases;
    expect(next.list()).toEqual([
      { leaseId: 'a', slot: 0 },
      { leaseId: 'b', slot: 1 },
    ]);
    await next.keepOnly(['a']);
    expect(next.list()).toEqual([{ leaseId: 'a', slot: 0 }]);
    expect(existsSync(join(workDir, 'left'))).toBe(false);
    expect((await next.begin('a', 0)).fresh).toBe(false);
  });
});

/** Nothing is left but the empty folders of HOME and TMPDIR. */
function expectClean(workDir: string): void {
  for (const name of readdirSync(workDir)) {
    expect(['.home', '.tmp']).toContain(name);
    expect(readdirSync(join(workDir, name))).toEqual([]);
    expect(lstatSync(join(workDir, name)).mode & 0o777).toBe(0o755);
  }
}

async function untilWritten(path: string): Promise<number> {
  const deadline = clock.monotonic() + 10_000;
  while (clock.monotonic() < deadline) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text.endsWith('\n')) return Number(text);
    await clock.sleep(5);
  }
  throw new Error(`${path} was not written`);
}

/** A zombie that init has not fetched yet does not run. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}
