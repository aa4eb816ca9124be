import { describe, expect, test } from 'bun:test';
import type { StartRequest } from './start-options.ts';
import { eventStream, problem, runCli } from './testing/run-cli.ts';
import {
  at,
  commit,
  sampleBuild,
  sampleDetail,
  sampleFarm,
  sampleMachine,
  samplePool,
  sampleQueue,
  sampleRepository,
  sampleWhy,
} from './testing/samples.ts';

const path = '/api/v1/builds/bld_1';

describe('usage', () => {
  test.each([
    [['bogus'], "croft: unknown command 'bogus'; see --help"],
    [['builds', '--limit', 'x'], 'It is a number from 1 on'],
    [['builds', '--state', 'red'], 'Allowed choices are waiting, running'],
    [['start', '--port', '70000'], 'It is a number from 0 to 65535'],
    [['token', 'create', 'ci'], "croft: required option '--scope <scopes>' not specified"],
    [['join-token', 'create', '--expires', 'soon'], 'Write it as 30m, 12h or 7d'],
    [['log'], "croft: missing required argument 'build'"],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
  ])('%p is refused with one line and exit code 2', async (args, message) => {
    const { code, out, notes } = await runCli(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(notes).toContain(message);
    expect(notes.trim().split('\n')).toHaveLength(1);
  });

  test('help of every command has an example that can be copied', async () => {
    const commands = [
      'start',
      'status',
      'builds',
      'log',
      'run',
      'retry',
      'cancel',
      'why',
      'queue',
      'machines',
    ];
    for (const name of [...commands, 'join-token', 'token', 'dashboards', 'completion']) {
      const { code, out } = await runCli([name, '--help']);
      expect({ name, code, hasExample: out.includes(`$ `) }).toEqual({ name, code: 0, hasExample: true });
    }
    expect((await runCli(['--help'])).out).toContain('5  no farm answers');
    expect((await runCli(['--version'])).out).toBe('1.2.3\n');
  });
});

describe('errors', () => {
  test.each([
    [400, 'invalid_input', 2],
    [401, 'unauthenticated', 4],
    [403, 'forbidden', 4],
    [404, 'not_found', 3],
    [409, 'conflict', 6],
    [429, 'too_many', 6],
    [500, 'internal', 8],
    [503, 'shutting_down', 5],
  ])('a problem of %i %s is one line and exit code %i', async (status, code, exit) => {
    const answers = { [`POST ${path}/cancel`]: problem(status, code, 'What is\nwrong') };
    const run = await runCli(['cancel', 'bld_1'], { answers });
    expect(run).toMatchObject({ code: exit, out: '', notes: 'croft: What is wrong\n' });
  });
});

describe('builds', () => {
  const list = '/api/v1/builds?state=failed&limit=20';
  const failed = sampleBuild('failed', { message: 'npm test ended with exit code 1' });
  const answers = { [`GET ${list}`]: { items: [failed], next: null } };

  test('a table of plain lines', async () => {
    const { code, out } = await runCli(['builds', '--state', 'failed'], { answers });
    expect(code).toBe(0);
    expect(out.split('\n')[1]).toBe(
      '✗ failed  bld_1  app   aaaaaaaaaa  linux    12 s  30 s ago  npm test ended with exit code 1',
    );
  });

  test('JSON lines that have every field', async () => {
    const { out } = await runCli(['builds', '--state', 'failed', '--json'], { answers });
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([failed]);
  });

  test('a narrow terminal gets a table that fits', async () => {
    const terminal = { interactive: true, width: 70 };
    const { out } = await runCli(['builds', '--state', 'failed'], { answers, terminal });
    for (const line of out.trimEnd().split('\n')) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(70);
  });

  test('colours only where they are wanted', async () => {
    const { out } = await runCli(['builds', '--state', 'failed'], { answers, terminal: { colours: true } });
    expect(out).toContain('\u001b[31m✗ failed');
  });

  test('one of them, with its verdict as exit code', async () => {
    const shown = await runCli(['builds', 'bld_1'], { answers: { [`GET ${path}`]: sampleDetail(failed) } });
    expect(shown.code).toBe(1);
    expect(shown.out).toContain('http://localhost:8484/#build/bld_1');
    expect(shown.out).toContain('failed     npm test  12 s  (log line 1)');
    expect(shown.out).toContain('out/app.tar  2.0 KiB');
    const cancelled = sampleDetail(sampleBuild('cancelled'));
    expect((await runCli(['builds', 'bld_1'], { answers: { [`GET ${path}`]: cancelled } })).code).toBe(7);
  });

  test('--watch prints each change once and passes over events that it does not know', async () => {
    const running = sampleBuild('running');
    const events = [running, running, sampleBuild('passed')].map((build, id) => ({
      id,
      data: { type: 'build', build },
    }));
    const stream = eventStream([{ id: 9, data: { type: 'of a newer farm' } }, ...events]);
    const { code, out } = await runCli(['builds', '--watch'], {
      answers: { 'GET /api/v1/events?topics=builds': stream },
      stopAfterLines: 2,
    });
    expect(code).toBe(130);
    expect(out.trimEnd().split('\n')).toEqual([
      '▸ running   bld_1  linux of app at aaaaaaaaaa',
      '✓ passed    bld_1  linux of app at aaaaaaaaaa in 12 s',
    ]);
  });
});

describe('log', () => {
  const answers = { [`GET ${path}/log`]: new Response('\u001b[31mred\u001b[0m \u001b[2Jtext\n') };

  test('plain lines without escape sequences, colours on a terminal', async () => {
    const plain = await runCli(['log', 'bld_1'], { answers: { [`GET ${path}/log`]: clone(answers) } });
    expect(plain).toMatchObject({ code: 0, out: 'red text\n' });
    const coloured = await runCli(['log', 'bld_1'], {
      answers: { [`GET ${path}/log`]: clone(answers) },
      terminal: { colours: true },
    });
    expect(coloured.out).toBe('\u001b[31mred\u001b[0m text\n');
    const raw = await runCli(['log', '--raw', 'bld_1'], { answers: { [`GET ${path}/log`]: clone(answers) } });
    expect(raw.out).toBe('\u001b[31mred\u001b[0m \u001b[2Jtext\n');
  });

  test('-f prints what comes, tells of new attempts, and exits with the verdict', async () => {
    const failed = sampleBuild('failed', { message: 'exit code 1' });
    const events = [
      { type: 'attempt', number: 1 },
      { type: 'output', offset: 0, text: 'first\n' },
      { type: 'attempt', number: 2 },
      { type: 'output', offset: 0, text: `${'x'.repeat(8)}\n` },
      { type: 'output', offset: 9, text: 'y\n' },
      { type: 'output', offset: 9, text: 'y\n' },
      { type: 'end', state: 'failed' },
    ];
    // After 9 bytes come 11: as numbers the ids would go backwards.
    const ids = ['1.0', '1.6', '2.0', '2.9', '2.11', '2.11', '2.11'];
    const stream = () => eventStream(events.map((data, index) => ({ id: ids[index] ?? '', data })));
    const follow = { [`GET ${path}/log`]: stream(), [`GET ${path}`]: failed };
    const { code, out, notes } = await runCli(['log', '-f', 'bld_1'], { answers: follow });
    expect({ code, out }).toEqual({ code: 1, out: 'first\nxxxxxxxx\ny\n' });
    expect(notes).toContain('attempt 2 begins');
    expect(notes).toContain('✗ failed  linux of app at aaaaaaaaaa in 12 s: exit code 1');
    const json = await runCli(['log', '-f', 'bld_1', '--json'], {
      answers: { [`GET ${path}/log`]: stream() },
    });
    expect(
      json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events);
  });

  test('--tail asks for the last lines only', async () => {
    const line = { number: 2, offset: 4, at: null, text: 'two', cut: false };
    const window = {
      attempt: 1,
      state: 'sealed',
      totalLines: 2,
      totalBytes: 8,
      droppedBytes: 5,
      lines: [line],
    };
    const { out, notes } = await runCli(['log', '-n', '1', 'bld_1'], {
      answers: { [`GET ${path}/log/lines?last=1`]: window },
    });
    expect(out).toBe('two\n');
    expect(notes).toContain('5 bytes of this log were not kept');
  });
});

function clone(answers: Readonly<Record<string, Response>>): Response {
  return answers[`GET ${path}/log`]?.clone() ?? new Response();
}

describe('acts', () => {
  test('run asks for a build and says where it is', async () => {
    const answers = { 'POST /api/v1/builds': sampleBuild('waiting') };
    const { code, out, asked } = await runCli(['run', 'app', 'main', 'linux'], { answers });
    expect(code).toBe(0);
    expect(out).toBe('· waiting  bld_1  linux of app at aaaaaaaaaa\n  http://localhost:8484/#build/bld_1\n');
    expect(asked).toEqual(['POST /api/v1/builds {"repo":"app","commit":"main","builder":"linux"}']);
  });

  test('retry -f follows the new build to its verdict', async () => {
    const answers = {
      [`POST ${path}/retry`]: sampleBuild('waiting', { id: 'bld_2' }),
      'GET /api/v1/builds/bld_2/log': eventStream([{ id: 0, data: { type: 'end', state: 'passed' } }]),
      'GET /api/v1/builds/bld_2': sampleBuild('passed', { id: 'bld_2' }),
    };
    expect((await runCli(['retry', '-f', 'bld_1'], { answers })).code).toBe(0);
  });

  test('an id cannot leave its place in the address', async () => {
    const { asked } = await runCli(['cancel', '../../farm?x=1']);
    expect(asked).toEqual(['POST /api/v1/builds/..%2F..%2Ffarm%3Fx%3D1/cancel']);
  });
});

describe('why', () => {
  test('what a waiting build waits for and when it should start', async () => {
    const detail = sampleDetail(sampleBuild('waiting'), { why: sampleWhy, attemptList: [], plan: null });
    const { code, out } = await runCli(['why', 'bld_1'], { answers: { [`GET ${path}`]: detail } });
    expect(code).toBe(0);
    expect(out).toContain('both machines are busy');
    expect(out).toContain('- box builds bld_0');
    expect(out).toContain('builds ahead of it: 2');
    expect(out).toContain('from the last 20 durations');
  });

  test('one that can never run is a negative answer', async () => {
    const detail = sampleDetail(sampleBuild('waiting'), { why: { ...sampleWhy, impossible: true } });
    expect((await runCli(['why', 'bld_1'], { answers: { [`GET ${path}`]: detail } })).code).toBe(1);
  });

  test('where a failed build failed, who is to blame, and where its steps come from', async () => {
    const failed = sampleBuild('failed', { message: 'npm test ended with exit code 1', blame: 'change' });
    const { out } = await runCli(['why', 'bld_1'], { answers: { [`GET ${path}`]: sampleDetail(failed) } });
    expect(out).toContain('npm test ended with exit code 1 (to blame: the change)');
    expect(out).toContain('failed at npm test: exit code 1');
    expect(out).toContain('its steps come from package.json: it has a test script');
  });
});

describe('the farm', () => {
  const answers = {
    'GET /api/v1/farm': sampleFarm,
    'GET /api/v1/pools': { items: [samplePool] },
    'GET /api/v1/repositories': { items: [sampleRepository] },
    'GET /api/v1/builders': { items: [] },
  };

  test('status is a negative answer when a check is in error, which comes with 503', async () => {
    const bad = { ok: false, checks: [{ name: 'disk', level: 'error', text: 'The disk is full' }] };
    const ill = await runCli(['status'], {
      answers: { ...answers, 'GET /healthz': Response.json(bad, { status: 503 }) },
    });
    expect(ill.code).toBe(1);
    expect(ill.out).toContain('error   disk: The disk is full');
    const [check] = bad.checks;
    const dated = { ...bad, status: 'failing', checks: [{ ...check, since: '2030-01-01T00:00:00.000Z' }] };
    const newer = await runCli(['status'], { answers: { ...answers, 'GET /healthz': dated } });
    expect(newer.out).toContain('disk: The disk is full (since 2030-01-01T00:00:00.000Z)');
    const well = await runCli(['status'], {
      answers: { ...answers, 'GET /healthz': { ok: true, checks: [] } },
    });
    expect(well.code).toBe(0);
    expect(well.out).toContain('2 running, 1 waiting');
    expect(well.out).toContain('you are   admin (admin)');
  });

  test('queue in the order of placement, with the reasons', async () => {
    const { out } = await runCli(['queue'], { answers: { 'GET /api/v1/queue?limit=20': sampleQueue } });
    expect(out).toContain('1 waiting, 2 running');
    expect(out).toContain('both machines are busy');
  });

  test('config show tells the limits and the log level that are in force', async () => {
    const limits = { requestBytes: 1024 ** 2, eventStreams: 200, diskFreeBytes: 1024 ** 3 };
    const farm = { ...sampleFarm, limits, logLevel: 'warn' };
    const { code, out } = await runCli(['config', 'show'], {
      answers: { ...answers, 'GET /api/v1/farm': farm },
    });
    expect(code).toBe(0);
    expect(out).toContain('log level    warn\n');
    expect(out).toContain('limits       requests up to 1MiB, 200 event streams, 1GiB free on the disk');
  });

  test('config show tells of a configuration that is broken, and exits with 1', async () => {
    const problems = [{ path: 'builders[0]', problem: 'It has no name', fix: 'Give it one' }];
    const farm = { ...sampleFarm, config: { file: '/f.json', loadedAt: at, broken: { at, problems } } };
    const { code, out } = await runCli(['config', 'show'], {
      answers: { ...answers, 'GET /api/v1/farm': farm },
    });
    expect(code).toBe(1);
    expect(out).toContain(
      'BROKEN       the file changed and is not in force: builders[0]: It has no name. Give it one',
    );
    const reload = await runCli(['config', 'reload'], { answers: { 'POST /api/v1/config/reload': farm } });
    expect(reload.code).toBe(1);
  });
});

describe('machines', () => {
  const items = [sampleMachine('box'), sampleMachine('mac', { state: 'away', doing: 'lost its connection' })];
  const answers = { 'GET /api/v1/machines': { items } };

  test('are listed', async () => {
    const { out } = await runCli(['machines'], { answers });
    expect(out).toContain('away   mac   linux-x64');
    expect(out).toContain('lost its connection');
  });

  test('are found by name for whatever is done with them', async () => {
    const quarantined = sampleMachine('mac', { state: 'quarantined', doing: 'in quarantine' });
    const { code, out, asked } = await runCli(['machines', 'quarantine', 'mac', '--reason', 'fan'], {
      answers: { ...answers, 'POST /api/v1/machines/mch_mac/quarantine': quarantined },
    });
    expect({ code, out }).toEqual({ code: 0, out: 'mac: quarantined, in quarantine\n' });
    expect(asked.at(-1)).toBe('POST /api/v1/machines/mch_mac/quarantine {"reason":"fan"}');
  });

  test('one that is not there, and a name that two have', async () => {
    expect(await runCli(['machines', 'drain', 'nix'], { answers })).toMatchObject({
      code: 3,
      notes: 'croft: No machine has the name or id "nix"; "croft machines" lists them\n',
    });
    const twice = { items: [sampleMachine('box'), { ...sampleMachine('box'), id: 'mch_other' }] };
    const run = await runCli(['machines', 'drain', 'box'], { answers: { 'GET /api/v1/machines': twice } });
    expect(run.code).toBe(6);
  });
});

describe('tokens', () => {
  test('a join token is alone on standard output, so that a script can take it', async () => {
    const token = { id: 'jtk_1', hostType: 'mac', createdAt: at, expiresAt: at, usedAt: null, usedBy: null };
    const answers = {
      'POST /api/v1/join-tokens': {
        ...token,
        createdBy: 'admin',
        token: 'join_secret',
        command: 'bun run agent …',
      },
    };
    const args = ['join-token', '--host-type', 'mac', '--expires', '2h'];
    const { out, notes, asked } = await runCli(args, { answers });
    expect(out).toBe('join_secret\n');
    expect(notes).toContain('bun run agent …');
    expect(asked).toEqual(['POST /api/v1/join-tokens {"hostType":"mac","expiresInMs":7200000}']);
  });

  test('an access token takes its scopes in either form', async () => {
    const answers = {
      'POST /api/v1/tokens': {
        ...{
          id: 'tok_1',
          name: 'ci',
          scopes: ['build', 'read'],
          createdAt: at,
          expiresAt: null,
          lastUsedAt: null,
        },
        token: 'tok_secret',
      },
    };
    const { out, asked } = await runCli(['token', 'create', 'ci', '--scope', 'build', '--scope', 'read'], {
      answers,
    });
    expect(out).toBe('tok_secret\n');
    expect(asked).toEqual(['POST /api/v1/tokens {"name":"ci","scopes":["build","read"]}']);
    const list = await runCli(['token', 'create', 'ci', '--scope', 'build,read'], { answers });
    expect(list.asked).toEqual(asked);
  });

  test('removing says what was removed', async () => {
    const answers = { 'DELETE /api/v1/tokens/tok_1': new Response(null, { status: 204 }) };
    expect(await runCli(['token', 'remove', 'tok_1'], { answers })).toMatchObject({
      code: 0,
      out: 'removed tok_1\n',
    });
  });
});

describe('start', () => {
  test('passes on what was asked for, with paths from the folder of the caller', async () => {
    let got: StartRequest | null = null;
    const args = ['start', '--repo', '../other', '--config', 'farm.json', '--port', '0', '--no-agent'];
    await runCli(args, {
      cwd: '/home/me/app',
      startFarm: async (request) => {
        got = request;
      },
    });
    expect(got as unknown).toEqual({
      data: '/home/me/app/.croft',
      defaultPort: 8484,
      options: {
        ...{
          repo: '../other',
          config: '/home/me/app/farm.json',
          port: 0,
          env: null,
          host: null,
          publicUrl: null,
        },
        ...{ hostType: null, localAgent: false },
      },
    });
  });
});

test('the commit is shown short where it is a hash', async () => {
  const answers = { 'POST /api/v1/builds': sampleBuild('waiting', { commit }) };
  expect((await runCli(['run', 'app', 'main', 'linux'], { answers })).out).not.toContain(commit);
});
