import { expect, test } from 'bun:test';
import { FarmError } from '../../../agent/wire/farm-error.ts';
import type { BackupReport, CheckReport, DataTools } from '../data-tools.ts';
import { runCli } from '../testing/run-cli.ts';

const backup: BackupReport = {
  to: '/b.tar',
  files: 9,
  bytes: 2_048,
  schemaVersion: 3,
  leftOut: ['git'],
  missing: [],
};
const report: CheckReport = { references: 5, objects: 4, findings: [], more: 0 };

function tools(over: Partial<DataTools>): DataTools {
  const refuse = () => Promise.reject(new FarmError('internal', 'Not asked for', { blame: 'farm' }));
  return { backUp: refuse, restore: refuse, check: refuse, ...over };
}

test('backup names absolute places, shows progress to a person, and says what it wrote', async () => {
  const asked: unknown[] = [];
  const dataTools = tools({
    async backUp({ dir, to, configFile, onProgress }) {
      asked.push({ dir, to, configFile });
      onProgress({ doing: 'database', files: 0, bytes: 0 });
      onProgress({ doing: 'logs and artifacts', files: 5, bytes: 1_024 });
      return backup;
    },
  });
  const args = ['--data', 'd', 'backup', 'b.tar', '--config', 'c.ts'];
  const run = await runCli(args, { dataTools, cwd: '/here', terminal: { interactive: true } });
  expect(asked).toEqual([{ dir: '/here/d', to: '/here/b.tar', configFile: '/here/c.ts' }]);
  expect(run).toMatchObject({ code: 0, out: 'Backed up 9 files, 2.0 KiB, to /b.tar\n' });
  expect(run.notes).toContain('logs and artifacts: 5 files, 1.0 KiB');
  const json = await runCli([...args, '--json'], {
    dataTools,
    cwd: '/here',
    terminal: { interactive: true },
  });
  expect(JSON.parse(json.out)).toEqual(backup);
  expect(json.notes).toBe('');
});

test('a backup that lacks what was lost before says so and is not well', async () => {
  const dataTools = tools({ backUp: async () => ({ ...backup, missing: ['artifacts/x'] }) });
  const run = await runCli(['--data', '/d', 'backup', '/b'], { dataTools });
  expect(run.code).toBe(1);
  expect(run.notes).toContain('the database names "artifacts/x", which is lost; see croft fsck');
});

test('without a data folder anywhere it says what to name', async () => {
  const run = await runCli(['backup', '/b'], { dataTools: tools({}) });
  expect(run).toMatchObject({ code: 3 });
  expect(run.notes).toContain('name the data folder with --data');
});

test('restore says where what was there is now, and passes a refusal on', async () => {
  const dataTools = tools({
    async restore({ dir, force }) {
      if (!force) throw new FarmError('conflict', `"${dir}" is not empty`, { blame: 'caller' });
      const rest = {
        files: 9,
        bytes: 1,
        createdAt: '2031-04-05T12:00:00.000Z',
        schemaVersion: 3,
        blobs: 'included',
      };
      return { ...rest, dir, movedAside: '/d/.before-restore-x' };
    },
  });
  const args = ['restore', '/b.tar', '--to', '/d'];
  expect(await runCli(args, { dataTools })).toMatchObject({ code: 6, notes: 'croft: "/d" is not empty\n' });
  const run = await runCli([...args, '--force'], { dataTools });
  expect(run.out).toContain('Restored 9 files, 1 B, of 2031-04-05T12:00:00.000Z into /d');
  expect(run.out).toContain('What was there is in /d/.before-restore-x');
  expect((await runCli(['restore', '/b.tar'], { dataTools })).code).toBe(2);
});

test('fsck is well when nothing is wrong or all was repaired', async () => {
  const finding = { kind: 'orphan-object', what: 'k', text: 'no row names it', repaired: false };
  const fsck = (given: CheckReport, ...args: string[]) =>
    runCli(['--data', '/d', 'fsck', ...args], { dataTools: tools({ check: async () => given }) });
  expect(await fsck(report)).toMatchObject({ code: 0, out: 'Nothing is wrong: 5 references, 4 objects.\n' });
  expect(await fsck({ ...report, findings: [finding] })).toMatchObject({
    code: 1,
    out: 'orphan-object k: no row names it\n1 findings in 5 references, 4 objects.\n',
  });
  const repaired = { ...report, findings: [{ ...finding, repaired: true }] };
  expect(await fsck(repaired, '--repair')).toMatchObject({ code: 0 });
  expect((await fsck({ ...repaired, more: 3 })).code).toBe(1);
  expect(JSON.parse((await fsck(repaired, '--json')).out)).toEqual(repaired);
});

test('retention asks first and removes only with --apply', async () => {
  const answer = {
    rules: [{ kind: 'logs', policy: 'logs older than 90d', count: 7, bytes: 2_048 }],
    cut: false,
  };
  const answers = { 'GET /api/v1/retention': answer, 'POST /api/v1/retention': { rules: [], cut: false } };
  const dry = await runCli(['retention'], { answers });
  expect(dry.asked).toEqual(['GET /api/v1/retention']);
  expect(dry.out).toMatch(/WOULD GO +COUNT +SIZE\nlogs older than 90d +7 +2.0 KiB\n/);
  const done = await runCli(['retention', '--apply'], { answers });
  expect(done).toMatchObject({
    code: 0,
    out: 'Nothing was to be removed.\n',
    asked: ['POST /api/v1/retention'],
  });
});
