import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createManualClock, type ManualClock } from '../kit/manual-clock.ts';
import { FarmError, isFarmError } from './farm-error.ts';
import { decodeFrame, encodeCredit, encodeFrame } from './frames.ts';
import { limits } from './limits.ts';
import { createMemoryLink, type MemoryLinkOptions } from './memory-transport.ts';
import { frameKinds } from './protocol.ts';
import type { CallHandlers, NoticeHandlers, Session } from './session.ts';
import { createSession } from './session-core.ts';
import type { Transport, TransportEvents } from './transport.ts';

const boom = new FarmError('conflict', 'Not now', { blame: 'caller', details: { slot: 3 } });
const wait = { runId: 'run_1' };
const exit = {
  runId: 'run_1',
  exitCode: 0,
  signal: null,
  reason: 'exited',
  startedAt: 1,
  endedAt: 2,
  outputBytes: 0,
  droppedBytes: 0,
} as const;

function pair(handlers: CallHandlers = {}, options: MemoryLinkOptions & { notices?: NoticeHandlers } = {}) {
  const clock = createManualClock();
  const link = createMemoryLink(options);
  const agent = createSession(link.right, { clock, role: 'agent', handlers });
  const coordinator = createSession(link.left, {
    clock,
    role: 'coordinator',
    ...(options.notices === undefined ? {} : { notices: options.notices }),
  });
  return { clock, link, agent, coordinator };
}

/** One session whose peer is the test itself, at the level of frames. */
function bare(role: 'agent' | 'coordinator', handlers: CallHandlers = {}) {
  const clock = createManualClock();
  const sent: ReturnType<typeof decodeFrame>[] = [];
  let events: TransportEvents | undefined;
  let answer: 'sent' | 'full' = 'sent';
  const transport: Transport = {
    start: (given) => {
      events = given;
    },
    send: (bytes) => {
      sent.push(decodeFrame(bytes));
      return answer;
    },
    close: () => events?.onClose({ code: 1000, reason: '' }),
  };
  const session = createSession(transport, { clock, role, handlers });
  return {
    clock,
    session,
    sent,
    feed: (bytes: Uint8Array) => events?.onMessage(bytes),
    request: (id: number, method: string, params: unknown) =>
      events?.onMessage(message({ type: 'request', id, method, params })),
    drain: () => {
      answer = 'sent';
      events?.onDrain();
    },
    fill: () => {
      answer = 'full';
    },
  };
}

function message(value: unknown): Uint8Array {
  return encodeFrame('message', 0, new TextEncoder().encode(JSON.stringify(value)));
}

async function reasonOf(session: Session, clock: ManualClock): Promise<string> {
  let reason = 'still open';
  void session.closed.then((error) => {
    reason = error.code;
  });
  await clock.advance(0);
  return reason;
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('calls', () => {
  test('an answer comes back to its own call', async () => {
    const { coordinator } = pair({ 'run.wait': async ({ runId }) => ({ ...exit, runId }) });
    const answers = await Promise.all(['a', 'b'].map((runId) => coordinator.call('run.wait', { runId })));
    expect(answers.map((answer) => answer.runId)).toEqual(['a', 'b']);
  });

  test('an error comes back as the error that it was', async () => {
    const { coordinator } = pair({
      'run.wait': async () => {
        throw boom;
      },
    });
    const error = await coordinator.call('run.wait', wait).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'conflict',
      blame: 'caller',
      message: 'Not now',
      details: { slot: 3 },
    });
  });

  test('parameters that are not what the schema says are refused by name, and the connection stands', async () => {
    const { coordinator } = pair({ 'lease.begin': async () => ({ workDir: '/', fresh: true }) });
    const bad = coordinator.call('lease.begin', { leaseId: 'x', slot: -1 });
    await expect(bad).rejects.toThrow('params.slot');
    await expect(coordinator.call('lease.begin', { leaseId: 'x', slot: 1 })).resolves.toBeDefined();
  });

  test('a method that this side does not serve, and one that nobody knows, answer unknown_kind', async () => {
    const { coordinator } = pair();
    await expect(coordinator.call('status', {})).rejects.toMatchObject({ code: 'unknown_kind' });
    for (const method of ['toString', '__proto__', 'no.such']) {
      await expect(coordinator.call(method as 'status', {})).rejects.toMatchObject({ code: 'unknown_kind' });
    }
  });

  test('an answer that breaks the schema rejects its call alone', async () => {
    const { coordinator } = pair({ 'run.wait': async () => ({ nonsense: true }) as never });
    await expect(coordinator.call('run.wait', wait)).rejects.toMatchObject({ code: 'protocol_violation' });
    await expect(coordinator.call('status', {})).rejects.toMatchObject({ code: 'unknown_kind' });
  });

  test('a timeout and an abort end the call here, and the late answer harms nobody', async () => {
    let finish = (): void => undefined;
    const { coordinator, clock } = pair({
      'run.wait': () =>
        new Promise((resolve) => {
          finish = () => resolve(exit);
        }),
    });
    const timed = coordinator.call('run.wait', wait, { timeoutMs: 50 }).catch((error: unknown) => error);
    await clock.advance(50);
    expect(await timed).toMatchObject({ code: 'timed_out' });
    const stop = new AbortController();
    const aborted = coordinator.call('run.wait', wait, { signal: stop.signal }).catch((e: unknown) => e);
    stop.abort(boom);
    expect(await aborted).toBe(boom);
    finish();
    expect(await reasonOf(coordinator, clock)).toBe('still open');
  });

  test('more open calls than the limit are refused on this side and on the other', async () => {
    const { coordinator } = pair({ 'run.wait': () => new Promise(() => undefined) });
    for (let count = 0; count < limits.openCalls; count++)
      void coordinator.call('run.wait', wait).catch(String);
    await expect(coordinator.call('run.wait', wait)).rejects.toMatchObject({ code: 'too_many' });

    const peer = bare('agent', { 'run.wait': () => new Promise(() => undefined) });
    for (let id = 1; id <= limits.openCalls + 1; id++) peer.request(id, 'run.wait', wait);
    expect(peer.sent).toHaveLength(1);
    expect(Buffer.from(peer.sent[0]!.payload).toString()).toContain('too_many');
  });

  test('every call and stream rejects with the reason when the connection goes', async () => {
    const { coordinator, agent, link } = pair({ 'run.wait': () => new Promise(() => undefined) });
    const call = coordinator.call('run.wait', wait).catch((error: unknown) => error);
    const id = coordinator.newStreamId();
    const read = readAll(coordinator.receive(id)).catch((error: unknown) => error);
    link.cut();
    expect(await call).toMatchObject({ code: 'connection_lost' });
    expect(await read).toMatchObject({ code: 'connection_lost' });
    expect(await coordinator.closed).toMatchObject({ code: 'connection_lost' });
    expect(await agent.closed).toMatchObject({ code: 'connection_lost' });
    await expect(coordinator.call('status', {})).rejects.toMatchObject({ code: 'connection_lost' });
  });

  test('closing tells the other side why', async () => {
    const { coordinator, agent } = pair();
    agent.close(new FarmError('shutting_down', 'Going home', { blame: 'machine', retry: 'same' }));
    expect(await coordinator.closed).toMatchObject({ code: 'shutting_down', message: 'Going home' });
  });
});

describe('notices', () => {
  test('reach their handler; unknown ones are passed over; wrong ones end the connection', async () => {
    const heard: number[] = [];
    const { agent, coordinator, clock } = pair(
      {},
      { notices: { 'coordinator.restarting': ({ afterMs }) => heard.push(afterMs) } },
    );
    agent.notify('coordinator.restarting', { afterMs: 7 });
    agent.notify('agent.draining', {});
    agent.notify('no.such' as 'agent.draining', {});
    expect(await reasonOf(coordinator, clock)).toBe('still open');
    expect(heard).toEqual([7]);
    agent.notify('coordinator.restarting', { afterMs: -7 });
    expect(await reasonOf(coordinator, clock)).toBe('invalid_input');
  });
});

describe('heartbeats', () => {
  test('a quiet connection stays open as long as both sides answer', async () => {
    const { coordinator, clock } = pair();
    await clock.advance(10 * 60_000);
    expect(await reasonOf(coordinator, clock)).toBe('still open');
  });

  test('a silent peer is given up within four intervals', async () => {
    const { session, clock } = bare('coordinator');
    await clock.advance(15_000);
    expect(await reasonOf(session, clock)).toBe('still open');
    await clock.advance(5_000);
    expect(await session.closed).toMatchObject({ code: 'connection_lost' });
    expect(clock.waiting).toBe(0);
  });

  test('a ping is answered with its payload', () => {
    const { feed, sent } = bare('agent');
    feed(encodeFrame('ping', 0, new Uint8Array([1, 2, 3])));
    expect(sent).toEqual([{ kind: 'pong', stream: 0, payload: new Uint8Array([1, 2, 3]) }]);
  });
});

describe('streams', () => {
  const attach = { runId: 'run_1', offset: 0 };
  const report = { runId: 'run_1', leaseId: 'l', outputBytes: 0, exit: null };

  test('bytes and the summary arrive, chunk for chunk', async () => {
    const { coordinator } = pair({
      'run.attach': async ({ stream }, session) => {
        const sink = session.send(stream);
        await sink.write(new Uint8Array([1, 2]));
        await sink.write(new Uint8Array([3]));
        sink.end({ exitCode: 0 });
        return { report };
      },
    });
    const stream = coordinator.newStreamId();
    const source = coordinator.receive(stream);
    await coordinator.call('run.attach', { ...attach, stream });
    const chunks: number[][] = [];
    for await (const chunk of source) chunks.push([...chunk]);
    expect(chunks).toEqual([[1, 2], [3]]);
    expect(await source.summary).toEqual({ exitCode: 0 });
  });

  test('bytes that come before the other side takes the stream up are not lost', async () => {
    const { coordinator } = pair({
      'file.put': async ({ stream }, session) => {
        await new Promise((resolve) => setImmediate(resolve));
        return { bytes: (await readAll(session.receive(stream))).length, digest: `sha256:${'0'.repeat(64)}` };
      },
    });
    const stream = coordinator.newStreamId();
    const sink = coordinator.send(stream);
    const call = coordinator.call('file.put', { leaseId: 'l', path: 'p', mode: 0o644, stream });
    await sink.write(new Uint8Array(300_000));
    sink.end();
    expect((await call).bytes).toBe(300_000);
  });

  test('a refused call breaks its stream off on both sides', async () => {
    const { coordinator } = pair({
      'file.put': async () => {
        throw boom;
      },
    });
    const stream = coordinator.newStreamId();
    const sink = coordinator.send(stream);
    const call = coordinator.call('file.put', { leaseId: 'l', path: 'p', mode: 0o644, stream });
    const write = (async () => {
      for (;;) await sink.write(new Uint8Array(100_000));
    })();
    const [called, wrote] = await Promise.allSettled([call, write]);
    expect(called).toMatchObject({ reason: { code: 'conflict' } });
    expect(wrote).toMatchObject({ reason: { code: 'conflict' } });
    await expect(coordinator.call('status', {})).rejects.toMatchObject({ code: 'unknown_kind' });
  });

  test('a reader that stops holds its sender within the window and nobody else', async () => {
    const written = [0, 0];
    const { coordinator, clock } = pair({
      'run.attach': async ({ stream, offset }, session) => {
        const sink = session.send(stream);
        void (async () => {
          for (;;) {
            await sink.write(new Uint8Array(64 * 1024));
            written[offset]! += 64 * 1024;
          }
        })().catch(() => undefined);
        return { report };
      },
    });
    const [slow, fast] = [coordinator.newStreamId(), coordinator.newStreamId()];
    coordinator.receive(slow);
    const source = coordinator.receive(fast);
    await coordinator.call('run.attach', { runId: 'r', offset: 0, stream: slow });
    await coordinator.call('run.attach', { runId: 'r', offset: 1, stream: fast });
    let got = 0;
    for await (const chunk of source) {
      got += chunk.length;
      if (got >= 16 * limits.streamWindowBytes) break;
    }
    await clock.advance(0);
    expect(written[0]).toBe(limits.streamWindowBytes);
    expect(written[1]).toBeGreaterThanOrEqual(got);
  });

  test('breaking a read off tells the sender', async () => {
    let failure: unknown;
    const { coordinator, clock } = pair({
      'run.attach': async ({ stream }, session) => {
        const sink = session.send(stream);
        void (async () => {
          for (;;) await sink.write(new Uint8Array(64 * 1024));
        })().catch((error: unknown) => {
          failure = error;
        });
        return { report };
      },
    });
    const stream = coordinator.newStreamId();
    const source = coordinator.receive(stream);
    await coordinator.call('run.attach', { ...attach, stream });
    source.cancel(boom);
    await clock.advance(0);
    expect(failure).toMatchObject({ code: 'conflict' });
    await expect(readAll(source)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('data over the granted credit ends the connection', async () => {
    const { session, feed, clock } = bare('coordinator');
    const id = session.newStreamId();
    session.receive(id);
    const frame = encodeFrame('data', id, new Uint8Array(limits.dataFrameBytes));
    for (let sent = 0; sent < limits.streamWindowBytes; sent += limits.dataFrameBytes) feed(frame);
    expect(await reasonOf(session, clock)).toBe('still open');
    feed(encodeFrame('data', id, new Uint8Array(1)));
    expect(await reasonOf(session, clock)).toBe('protocol_violation');
  });

  test.each([
    ['data for a stream that nobody named', encodeFrame('data', 9, new Uint8Array(1))],
    ['an empty data frame', encodeFrame('data', 1)],
    ['credit from the side that sends', encodeFrame('credit', 1, encodeCredit(1))],
    ['an unknown kind', new Uint8Array([99, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a handshake message', message({ type: 'refused', error: boom.toJSON() })],
    ['an answer to no call', message({ type: 'response', id: 1, result: {} })],
    ['text that is not JSON', encodeFrame('message', 0, new TextEncoder().encode('{'))],
    ['bytes that are not UTF-8', encodeFrame('message', 0, new Uint8Array([0x22, 0xff, 0x22]))],
    ['a long ping', encodeFrame('ping', 0, new Uint8Array(17))],
  ])('%s ends the connection with a reason', async (_, bytes) => {
    const { session, feed, sent, clock } = bare('coordinator');
    session.receive(session.newStreamId());
    feed(bytes);
    expect(await reasonOf(session, clock)).toMatch(/protocol_violation|unknown_kind/);
    expect(sent.at(-1)?.kind).toBe('error');
  });

  test('frames for a stream that is over are late, not wrong', async () => {
    const { session, feed, clock } = bare('coordinator');
    const id = session.newStreamId();
    session.receive(id).cancel(boom);
    feed(encodeFrame('data', id, new Uint8Array(5)));
    feed(encodeFrame('end', id));
    expect(await reasonOf(session, clock)).toBe('still open');
  });

  test('more open streams than the limit are refused', () => {
    const { session } = bare('coordinator');
    for (let count = 0; count < limits.openStreams; count++) session.receive(session.newStreamId());
    expect(() => session.receive(session.newStreamId())).toThrow('1024 open streams');
  });

  test('bulk data waits for the transport while calls and heartbeats go', async () => {
    const { session, sent, fill, drain, clock } = bare('coordinator');
    const sink = session.send(session.newStreamId());
    fill();
    await sink.write(new Uint8Array(10));
    let second = false;
    void sink.write(new Uint8Array(10)).then(() => {
      second = true;
    });
    void session.call('status', {}).catch(() => undefined);
    await clock.advance(5_000);
    expect(second).toBe(false);
    expect(sent.map((frame) => frame.kind)).toEqual(['data', 'message', 'ping']);
    drain();
    await clock.advance(0);
    expect(second).toBe(true);
  });

  test('a peer that asks on without reading the answers is given up', async () => {
    const { session, feed, fill, clock } = bare('agent');
    fill();
    const ping = encodeFrame('ping', 0, new Uint8Array(16));
    for (let count = 0; count < limits.controlBacklogBytes / 25 + 2; count++) feed(ping);
    expect(await reasonOf(session, clock)).toBe('connection_lost');
  });
});

describe('whatever a peer sends', () => {
  test('credit past any window ends the connection', async () => {
    const { clock, session, feed } = bare('coordinator');
    const stream = session.newStreamId();
    session.send(stream);
    feed(encodeFrame('credit', stream, encodeCredit(1024 ** 3 - limits.streamWindowBytes)));
    expect(await reasonOf(session, clock)).toBe('still open');
    feed(encodeFrame('credit', stream, encodeCredit(1)));
    expect(await reasonOf(session, clock)).toBe('protocol_violation');
  });

  test('the id of a call that was answered may be used again', async () => {
    const { clock, session, request, sent } = bare('agent', { drain: async () => ({}) });
    for (let time = 0; time < 3; time++) {
      request(7, 'drain', { on: true });
      await clock.advance(0);
    }
    expect(await reasonOf(session, clock)).toBe('still open');
    expect(sent).toHaveLength(3);
  });

  test('calls that are refused, or whose handler never takes their stream up, leave no stream open', async () => {
    const { clock, session, request, sent } = bare('agent', {
      'file.get': async () => {
        throw boom;
      },
      'run.attach': async () => ({ report: { runId: 'r', leaseId: 'l', outputBytes: 0, exit: null } }),
    });
    for (let id = 1; id <= 2 * limits.openStreams; id++) {
      if (id % 2 === 0) request(id, 'file.get', { leaseId: 'l', path: 'a', stream: id });
      else request(id, 'run.attach', { runId: 'r', offset: 0, stream: id });
      await clock.advance(0);
    }
    const answers = sent.map(({ payload }) => new TextDecoder().decode(payload));
    expect(answers.filter((answer) => answer.includes('too_many'))).toEqual([]);
    expect(await reasonOf(session, clock)).toBe('still open');
  });

  test('an agent that names streams takes none from the coordinator', async () => {
    const { clock, session, request, sent } = bare('coordinator');
    for (const stream of [1, 0xffff_ffff]) request(stream, 'run.attach', { runId: 'r', offset: 0, stream });
    await clock.advance(0);
    expect(sent.map(({ payload }) => new TextDecoder().decode(payload))).toEqual([
      expect.stringContaining('protocol_violation'),
      expect.stringContaining('protocol_violation'),
    ]);
    expect(session.newStreamId()).toBe(1);
  });

  const anyFrame = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .record({
        kind: fc.constantFrom(...Object.values(frameKinds)),
        stream: fc.integer({ min: 0, max: 4 }),
        payload: fc.oneof(
          fc.uint8Array({ maxLength: 30 }),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
      })
      .map(({ kind, stream, payload }) => {
        const bytes = encodeFrame('message', stream, payload);
        bytes[0] = kind;
        return bytes;
      }),
    fc
      .record({
        type: fc.constantFrom('request', 'response', 'notice', 'hello'),
        id: fc.integer({ min: -1, max: 5 }),
        method: fc.constantFrom('run.attach', 'file.put', 'status', 'no.such', 'constructor'),
        name: fc.constantFrom('machine.status', 'run.acknowledge', '__proto__'),
        params: fc.oneof(
          fc.jsonValue(),
          fc.record({ stream: fc.integer({ min: 0, max: 4 }), runId: fc.string() }),
        ),
        data: fc.jsonValue(),
      })
      .map(message),
  );

  test('the session lives on or ends with a FarmError; nothing is thrown at the transport', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('agent' as const, 'coordinator' as const),
        fc.array(anyFrame, { maxLength: 30 }),
        async (role, frames) => {
          const { session, feed, clock } = bare(role, {
            'run.attach': async ({ stream }, opened) => {
              opened.send(stream).end();
              return { report: { runId: 'r', leaseId: 'l', outputBytes: 0, exit: null } };
            },
            'file.put': async ({ stream }, opened) => {
              await readAll(opened.receive(stream));
              return { bytes: 0, digest: `sha256:${'0'.repeat(64)}` };
            },
          });
          for (const frame of frames) feed(frame);
          await clock.advance(0);
          session.close(boom);
          expect(isFarmError(await session.closed)).toBe(true);
          expect(clock.waiting).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('any interleaving of deliveries', () => {
  test('every stream arrives whole and its own, and never more than a window waits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3 * limits.streamWindowBytes }), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat(9)),
        fc.integer({ min: 1, max: 4 * 1024 * 1024 }),
        async (sizes, choices, highWaterBytes) => {
          const queues: Record<'left' | 'right', (() => void)[]> = { left: [], right: [] };
          const { coordinator, clock } = pair(
            {
              'run.attach': async ({ stream, offset }, session) => {
                const sink = session.send(stream);
                void (async () => {
                  for (let at = 0; at < sizes[offset]!; at += 50_000) {
                    await sink.write(new Uint8Array(Math.min(50_000, sizes[offset]! - at)).fill(offset + 1));
                  }
                  sink.end(offset);
                })();
                return { report: { runId: 'r', leaseId: 'l', outputBytes: 0, exit: null } };
              },
            },
            { schedule: (task, from) => queues[from].push(task), highWaterBytes },
          );
          const reads = sizes.map(async (size, index) => {
            const stream = coordinator.newStreamId();
            const source = coordinator.receive(stream);
            void coordinator.call('run.attach', { runId: 'r', offset: index, stream }).catch(() => undefined);
            const bytes = await readAll(source);
            expect(bytes.length).toBe(size);
            expect(bytes.every((byte) => byte === index + 1)).toBe(true);
            expect(await source.summary).toBe(index);
          });
          let done = false;
          const all = Promise.all(reads).finally(() => {
            done = true;
          });
          while (!done) {
            const choice = choices.next().value ?? 0;
            const queue = queues[choice < 5 ? 'left' : 'right'];
            for (let count = 0; count <= choice % 5; count++) queue.shift()?.();
            await clock.advance(0);
          }
          await all;
        },
      ),
      { numRuns: 12 },
    );
  });
});
