/**
 * Each call that moves bytes meets a coordinator that asks for it and then neither sends nor takes any: the agent waits, but ending the
 * lease ends the waiting, and the slot is proven clean. A call with a stream that is new in the registry is covered by itself.
 */
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { calls, type Method, type Params } from '../../agent/wire/protocol.ts';
import { type Connection, startCoordinator, type TestCoordinator } from '../agent/coordinator.ts';
import {
  agentPrograms,
  connected,
  freshId,
  killAgents,
  outputOf,
  runLimits,
  runScript,
  startAgent,
} from '../agent/program.ts';
import { scratchFolder } from '../agent/scratch.ts';

setDefaultTimeout(60_000);

const streaming = (Object.keys(calls) as Method[]).filter(
  (method) => 'stream' in calls[method].params.properties,
);
const endMs = 30_000;

let coordinator: TestCoordinator;
let connection: Connection;
let leaseId: string;

beforeEach(async () => {
  coordinator = await startCoordinator();
  const [program] = agentPrograms();
  if (program === undefined) throw new Error('There is no agent to run');
  connection = await connected(coordinator, startAgent(program, coordinator.url, { dir: scratchFolder() }));
  leaseId = freshId('lease');
  await connection.session.call('lease.begin', { leaseId, slot: 0 });
});
afterEach(async () => {
  killAgents();
  await coordinator.down();
});

/** Parameters with which a call gets as far as its stream; `{}` for one that nobody described here fails the test. */
function paramsOf(method: Method, stream: number, runId: string): unknown {
  const known: Partial<Record<Method, unknown>> = {
    'archive.put': { leaseId, dir: 'src', compression: 'none', stream },
    'archive.get': { leaseId, globs: ['**'], stream },
    'file.put': { leaseId, path: 'put', mode: 0o644, stream },
    'file.get': { leaseId, path: 'large', stream },
    'run.start': {
      runId: freshId('run'),
      leaseId,
      command: { shell: loud },
      cwd: '',
      env: {},
      limits: runLimits,
      stream,
    },
    'run.attach': { runId, offset: 0, stream },
  };
  return known[method] ?? {};
}

/** More than a stream's window. */
const loud = 'head -c 4000000 /dev/zero; echo';

describe.each(streaming.map((method) => ({ method })))('$method', ({ method }) => {
  test('a coordinator that says nothing holds neither slot nor agent', async () => {
    const { session } = connection;
    const made = await runScript(session, leaseId, `head -c 4000000 /dev/urandom > large; ${loud}`);
    await outputOf(made.source);
    const stream = session.newStreamId();
    // Claimed, so that the session does not break it off as one that nobody wants; and then left alone.
    const receives = ['archive.get', 'file.get', 'run.start', 'run.attach'].includes(method);
    if (receives) session.receive(stream);
    else session.send(stream);
    const call = session.call(method, paramsOf(method, stream, made.runId) as Params<typeof method>).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    // A refusal of the parameters would prove nothing.
    const early = await Promise.race([call, Bun.sleep(500).then(() => 'waits')]);
    expect(['waits', 'answered']).toContain(early);

    const ended = await session.call('lease.end', { leaseId }, { timeoutMs: endMs });
    expect(ended.proven).toBe(true);
    expect(await call).not.toBe('waits');
    expect((await session.call('lease.begin', { leaseId: freshId('lease'), slot: 0 })).fresh).toBe(true);
  });
});
