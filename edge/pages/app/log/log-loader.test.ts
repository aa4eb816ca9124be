import { expect, test } from 'bun:test';
import { createManualClock } from '../../../../agent/kit/manual-clock.ts';
import { FarmError } from '../../../../agent/wire/farm-error.ts';
import type { LogWindow } from '../../../api/model.ts';
import { createLogLoader } from './log-loader.ts';

/** Somebody always looks. */
const alwaysSeen = { untilSeen: () => Promise.resolve(), hidden: () => new AbortController().signal };
const randomness = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 };
const lineBytes = 10;

/** A log of `lines` lines of ten bytes, and its stream. */
class Server {
  lines: number;
  state: LogWindow['state'];
  failure: FarmError | null = null;
  /** Lines that one answer holds at most. */
  mostLines = 1_000;
  readonly asked: string[] = [];
  readonly opened: string[] = [];
  #writer: WritableStreamDefaultWriter<Uint8Array> | null = null;

  constructor(lines: number, state: LogWindow['state']) {
    this.lines = lines;
    this.state = state;
  }

  get = async <T>(path: string): Promise<T> => {
    this.asked.push(path);
    if (this.failure !== null) throw this.failure;
    const query = new URL(path, 'http://farm').searchParams;
    const last = query.get('last');
    const from = last === null ? Number(query.get('from')) : Math.max(1, this.lines - Number(last) + 1);
    const count = Math.min(this.mostLines, last === null ? Number(query.get('count')) : Number(last));
    const end = Math.min(this.lines + 1, from + count);
    const window: LogWindow = {
      attempt: 1,
      state: this.state,
      totalLines: this.lines,
      totalBytes: this.lines * lineBytes,
      droppedBytes: 0,
      lines: Array.from({ length: Math.max(0, end - from) }, (_, index) => ({
        number: from + index,
        offset: (from + index - 1) * lineBytes,
        at: '2030-01-01T00:00:00.000Z',
        text: `line ${from + index}`,
        cut: false,
      })),
    };
    // Only answers of the server leave here, never its own objects.
    return structuredClone(window) as T;
  };

  open = async (path: string, options: { signal: AbortSignal }): Promise<Response> => {
    this.opened.push(path);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#writer = writable.getWriter();
    options.signal.addEventListener('abort', () => void this.#writer?.abort(options.signal.reason), {
      once: true,
    });
    return new Response(readable);
  };

  async tell(id: string, event: unknown): Promise<void> {
    const text = `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
    // A reader that has left does not hear it.
    await this.#writer?.write(new TextEncoder().encode(text)).catch(() => undefined);
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let round = 0; round < 6; round++) await new Promise((resolve) => setImmediate(resolve));
}

function open(server: Server) {
  const clock = createManualClock();
  let ends = 0;
  const loader = createLogLoader({
    api: server,
    clock,
    randomness,
    visibility: alwaysSeen,
    buildId: 'bld_1',
    attempt: 1,
    isRunning: server.state !== 'sealed',
    onChange: () => undefined,
    onEnd: () => ends++,
  });
  return { clock, loader, ends: () => ends };
}

test('knows its length at once, and fetches only where the reader comes to rest', async () => {
  const server = new Server(10_000_000, 'sealed');
  const { clock, loader } = open(server);
  await settle();
  expect(loader.status()).toMatchObject({ state: 'sealed', totalLines: 10_000_000, isLive: false });
  const before = server.asked.length;
  for (let line = 1; line < 9_000_000; line += 100_000) loader.show(line, line + 40);
  await clock.advance(60);
  await settle();
  expect(server.asked.length - before).toBeLessThanOrEqual(2);
  expect(loader.line(8_900_010)?.text).toBe('line 8900010');
  expect(loader.line(5_000_000)).toBeUndefined();
  loader.stop();
});

test('an answer that is shorter than asked for is gone on with', async () => {
  const server = new Server(5_000, 'sealed');
  server.mostLines = 90;
  const { clock, loader } = open(server);
  await settle();
  loader.show(1, 200);
  for (let round = 0; round < 6; round++) {
    await clock.advance(60);
    await settle();
  }
  expect(loader.line(1)).toBeDefined();
  expect(loader.line(199)).toBeDefined();
  loader.stop();
});

test('live output goes on from the last line, whole', async () => {
  const server = new Server(3, 'open');
  const { loader } = open(server);
  await settle();
  expect(server.opened).toEqual(['/api/v1/builds/bld_1/log?attempt=1&offset=20']);
  await server.tell('1.40', { type: 'output', offset: 20, text: 'line 3 and more\nline 4' });
  expect(loader.line(3)?.text).toBe('line 3 and more');
  expect(loader.line(4)?.text).toBe('line 4');
  expect(loader.status()).toMatchObject({ totalLines: 4, isLive: true });
  loader.stop();
});

test('a gap makes it start over', async () => {
  const server = new Server(3, 'open');
  const { loader } = open(server);
  await settle();
  server.lines = 50;
  await server.tell('1.999', { type: 'output', offset: 900, text: 'far on' });
  await settle();
  expect(server.opened).toHaveLength(2);
  expect(loader.status().totalLines).toBe(50);
  loader.stop();
});

test('the end, or another attempt, is told once', async () => {
  for (const event of [
    { type: 'end', state: 'passed' },
    { type: 'attempt', number: 2 },
  ]) {
    const server = new Server(3, 'open');
    const { loader, ends } = open(server);
    await settle();
    await server.tell('1.30', { type: 'attempt', number: 1 });
    expect(ends()).toBe(0);
    await server.tell('1.30', event);
    await server.tell('1.30', event);
    expect(ends()).toBe(1);
    expect(loader.status().isLive).toBe(false);
    loader.stop();
  }
});

test('a farm that is away for a moment is asked again', async () => {
  const server = new Server(3, 'sealed');
  server.failure = new FarmError('connection_lost', 'The farm cannot be reached', { blame: 'outside' });
  const { clock, loader } = open(server);
  await settle();
  expect(loader.status().error?.code).toBe('connection_lost');
  server.failure = null;
  await clock.advance(3_100);
  await settle();
  expect(loader.status()).toMatchObject({ error: null, totalLines: 3 });
  loader.stop();
});

test('a log that became shorter is believed', async () => {
  const server = new Server(2_000, 'sealed');
  const { clock, loader } = open(server);
  await settle();
  server.lines = 100;
  loader.show(600, 640);
  await clock.advance(60);
  await settle();
  expect(loader.status()).toMatchObject({ totalLines: 100, error: null });
  loader.stop();
});

test('times of live lines are asked for', async () => {
  const server = new Server(3, 'open');
  const { loader } = open(server);
  await settle();
  await server.tell('1.50', { type: 'output', offset: 20, text: 'line 3\nline 4\nline 5\n' });
  server.lines = 5;
  loader.show(1, 6);
  expect(loader.line(3)?.at).toBeNull();
  loader.fetchTimes();
  await settle();
  expect(loader.line(3)?.at).not.toBeNull();
  loader.stop();
});
