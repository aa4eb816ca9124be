/** A farm for the browser tests: the public API over seeded data, with hands to change it. */
import type { Build, Farm, FarmEvent, LogEvent } from '../../edge/api/model.ts';
import { buildPages, type Pages, pagePolicy } from '../../edge/pages/index.ts';
import {
  createFixtureData,
  detailOf,
  type FixtureData,
  type FixtureSize,
  farmOf,
  healthOf,
  poolsOf,
  queueOf,
  repositoriesOf,
  smallFixture,
} from './fixture-data.ts';
import { type FixtureLog, generatedLog, problemsIn, searchIn, windowOf } from './fixture-log.ts';

export interface FixtureFarm extends AsyncDisposable {
  readonly url: string;
  readonly data: FixtureData;
  /** Logs by build id; others have 2,000 lines. */
  readonly logs: Map<string, { log: FixtureLog; isOpen: boolean; dropped: number }>;
  readonly requests: string[];
  /** What the farm shows of itself; may be replaced. */
  settings: { broken: Farm['config']['broken']; isEmpty: boolean; isDown: boolean; refuse: string | null };
  send(event: FarmEvent): void;
  /** Adds output to an open log and tells its readers. */
  write(buildId: string, lines: readonly string[]): void;
  endLog(buildId: string): void;
  /** Breaks off every open stream, as a farm does that goes down. */
  dropStreams(): void;
}

export const fixtureToken = 'crt_fixture';

type Writer = ReadableStreamDefaultController<Uint8Array>;

export async function startFixtureFarm(size: FixtureSize = smallFixture): Promise<FixtureFarm> {
  const pages = await buildPages();
  const farm = new Fixture(createFixtureData(size, Date.now()), pages);
  farm.listen();
  return farm;
}

function json(value: unknown, status = 200): Response {
  return Response.json(value, { status });
}

function problem(status: number, code: string, detail: string): Response {
  return json({ type: 'about:blank', title: code, status, detail, code, blame: 'caller' }, status);
}

class Fixture implements FixtureFarm {
  readonly logs: FixtureFarm['logs'] = new Map();
  readonly requests: string[] = [];
  readonly data: FixtureData;
  settings: FixtureFarm['settings'] = { broken: null, isEmpty: false, isDown: false, refuse: null };
  readonly #pages: Pages;
  readonly #listeners = new Set<Writer>();
  readonly #logReaders = new Map<string, Set<Writer>>();
  readonly #offsets = new Map<string, number>();
  #server: ReturnType<typeof Bun.serve> | null = null;
  #eventId = 0;

  constructor(data: FixtureData, pages: Pages) {
    this.data = data;
    this.#pages = pages;
    const first = [...data.builds.values()].find((build) => build.state === 'running');
    if (first !== undefined) {
      const running = { ...first, id: 'bld_running' };
      data.builds.set('bld_running', running);
      this.logs.set('bld_running', { log: generatedLog(300), isOpen: true, dropped: 0 });
    }
    for (const state of ['waiting', 'error'] as const) {
      const one = [...data.builds.values()].find((build) => build.state === state);
      if (one !== undefined) data.builds.set(`bld_${state}`, { ...one, id: `bld_${state}` });
    }
    const failed = [...data.builds.values()].find((build) => build.state === 'failed');
    if (failed !== undefined) {
      data.builds.set('bld_huge', { ...failed, id: 'bld_huge' });
      this.logs.set('bld_huge', { log: generatedLog(10_000_000), isOpen: false, dropped: 5_000_000 });
    }
  }

  get url(): string {
    return `http://localhost:${this.#server?.port}`;
  }

  listen(): void {
    this.#server = Bun.serve({ port: 0, idleTimeout: 0, fetch: (request) => this.#answer(request) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop(true);
  }

  send(event: FarmEvent): void {
    this.#eventId++;
    if (event.type === 'build') this.data.builds.set(event.build.id, event.build);
    const text = `id: ${this.#eventId}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    for (const listener of this.#listeners) listener.enqueue(new TextEncoder().encode(text));
  }

  write(buildId: string, lines: readonly string[]): void {
    const held = this.logs.get(buildId);
    if (held === undefined) throw new Error(`No log of ${buildId}`);
    const before = held.log;
    this.logs.set(buildId, {
      ...held,
      log: {
        lines: before.lines + lines.length,
        textOf: (line) => lines[line - before.lines - 1] ?? before.textOf(line),
      },
    });
    const text = lines.map((line) => `${line}\n`).join('');
    this.#tell(
      buildId,
      { type: 'output', offset: this.#offsets.get(buildId) ?? before.lines * 64, text },
      text.length,
    );
  }

  dropStreams(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
  }

  endLog(buildId: string): void {
    this.#tell(buildId, { type: 'end', state: 'passed' }, 0);
  }

  #tell(buildId: string, event: LogEvent, bytes: number): void {
    const lines = this.logs.get(buildId)?.log.lines ?? 0;
    const offset = event.type === 'output' ? event.offset + bytes : lines * 64;
    this.#offsets.set(buildId, offset);
    const text = `id: ${offset}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    for (const reader of this.#logReaders.get(buildId) ?? []) reader.enqueue(new TextEncoder().encode(text));
  }

  #stream(into: Set<Writer>, first: string): Response {
    let writer: Writer | null = null;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        writer = controller;
        into.add(controller);
        controller.enqueue(new TextEncoder().encode(first));
      },
      cancel() {
        if (writer !== null) into.delete(writer);
      },
    });
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
  }

  #answer(request: Request): Response {
    const url = new URL(request.url);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    const page = this.#pages.get(url.pathname === '/' ? '/index.html' : url.pathname);
    if (page !== undefined) {
      return new Response(page.body, {
        headers: { 'Content-Type': page.contentType, 'Content-Security-Policy': pagePolicy(null) },
      });
    }
    if (this.settings.isDown) return problem(503, 'shutting_down', 'The farm is going down');
    const isKnown = request.headers.get('Authorization') === `Bearer ${fixtureToken}`;
    if (request.method === 'POST') return this.#act(url, isKnown);
    return this.#read(url, request, isKnown);
  }

  #read(url: URL, request: Request, isKnown: boolean): Response {
    const { data } = this;
    const query = url.searchParams;
    const path = url.pathname.replace('/api/v1', '');
    const you = isKnown
      ? { name: 'ada', scopes: ['read', 'build', 'machines', 'admin'] }
      : { name: 'anonymous', scopes: ['read'] };
    const { isEmpty } = this.settings;
    switch (path) {
      case '/healthz':
        return json(healthOf(), 503);
      case '/farm': {
        const farm = farmOf(data, you, this.settings.broken);
        return json(
          isEmpty ? { ...farm, counts: { ...farm.counts, machines: 0, machinesConnected: 0 } } : farm,
        );
      }
      case '/repositories':
        return json({ items: isEmpty ? [] : repositoriesOf(data) });
      case '/builders':
        return json({
          items: data.builders.map((name) => ({
            name,
            hostType: 'linux-amd64',
            steps: null,
            timeoutMs: 1,
            silenceMs: 1,
            artifacts: [],
            attempts: 3,
            priority: 0,
            repositories: ['croft'],
            usualMs: 1,
          })),
        });
      case '/grid':
        return json(this.#grid(query));
      case '/builds':
        return json(this.#builds(query));
      case '/queue':
        return json(
          isEmpty
            ? { ...queueOf(data, 0, 0), waiting: 0, running: 0, byClass: {}, next: null }
            : queueOf(data, Number(query.get('cursor') ?? 0), Number(query.get('limit') ?? 100)),
        );
      case '/machines':
        return json({ items: isEmpty ? [] : data.machines });
      case '/pools':
        return json({ items: isEmpty ? [] : poolsOf(data) });
      case '/tokens':
        return json({
          items: [
            {
              id: 'tok_1',
              name: 'laptop',
              scopes: ['read', 'build'],
              createdAt: new Date(data.now).toISOString(),
              expiresAt: null,
              lastUsedAt: null,
            },
          ],
        });
      case '/join-tokens':
        return json({
          items: [
            {
              id: 'jtk_1',
              hostType: null,
              createdAt: new Date(data.now).toISOString(),
              expiresAt: new Date(data.now + 3_600_000).toISOString(),
              usedAt: null,
              usedBy: null,
              createdBy: 'ada',
            },
          ],
        });
      case '/events':
        return this.#stream(this.#listeners, ': hello\n\n');
      default:
        return this.#readOne(path.split('/').slice(1).map(decodeURIComponent), query, request);
    }
  }

  #readOne(parts: readonly string[], query: URLSearchParams, request: Request): Response {
    const [kind, id = '', ...rest] = parts;
    if (kind === 'commits') {
      const row = this.data.rows.find((one) => one.hash.startsWith(rest[0] ?? '-'));
      if (row === undefined) return problem(404, 'not_found', `No commit ${rest[0]} in ${id}`);
      const { cells, ...commit } = row;
      const builds = cells.flatMap((cell) => this.data.builds.get(cell?.id ?? '') ?? []);
      return json({ ...commit, branches: ['main', 'release/1.0'], builds });
    }
    if (kind === 'machines') {
      const machine = this.data.machines.find((one) => one.id === id);
      if (machine === undefined) return problem(404, 'not_found', `No machine ${id}`);
      const at = new Date(this.data.now - 60_000).toISOString();
      return json({
        ...machine,
        events: [
          { at, kind: 'connected', text: 'dialled in from 10.1.2.3' },
          { at, kind: 'lost-work', text: 'an attempt of linux-amd64-race was lost' },
          { at, kind: 'joined', text: 'joined with a token of ada' },
        ],
      });
    }
    if (kind !== 'builds') return problem(404, 'not_found', 'No such thing');
    const build = this.data.builds.get(id);
    if (build === undefined) return problem(404, 'not_found', `No build ${id}`);
    return rest[0] === 'log'
      ? this.#log(build, rest[1] ?? '', query, request)
      : json(detailOf(this.data, build));
  }

  #log(build: Build, what: string, query: URLSearchParams, request: Request): Response {
    const held = this.logs.get(build.id) ?? { log: generatedLog(2_000), isOpen: false, dropped: 0 };
    const number = (name: string): number | null => (query.has(name) ? Number(query.get(name)) : null);
    const place = {
      attempt: number('attempt') ?? 1,
      state: held.isOpen ? ('open' as const) : ('sealed' as const),
      start: this.data.now,
      dropped: held.dropped,
    };
    switch (what) {
      case 'lines':
        return json(
          windowOf(held.log, { from: number('from'), count: number('count'), last: number('last') }, place),
        );
      case 'search':
        return json(
          searchIn(held.log, {
            q: query.get('q') ?? '',
            regex: query.get('regex') === 'true',
            ignoreCase: query.get('ignoreCase') === 'true',
            from: number('from') ?? 1,
            limit: number('limit') ?? 100,
          }),
        );
      case 'problems':
        return json({ items: problemsIn(held.log) });
      default: {
        if (request.headers.get('Accept') !== 'text/event-stream') return new Response('raw log\n');
        const readers = this.#logReaders.get(build.id) ?? new Set<Writer>();
        this.#logReaders.set(build.id, readers);
        // Lines of the fixture are shorter than their share of bytes, so the last one is told as the stream begins.
        const offset = number('offset') ?? 0;
        const end = held.log.lines * 64;
        this.#offsets.set(build.id, end);
        const tail = { type: 'output', offset, text: `${held.log.textOf(held.log.lines)}\n` };
        const first =
          offset < end ? `id: ${end}\nevent: output\ndata: ${JSON.stringify(tail)}\n\n` : ': hello\n\n';
        return this.#stream(readers, first);
      }
    }
  }

  #grid(query: URLSearchParams): unknown {
    const globs = query.getAll('builder').map((glob) => new RegExp(`^${glob.replaceAll('*', '.*')}$`));
    const columns = this.data.builders.flatMap((name, index) =>
      globs.length === 0 || globs.some((glob) => glob.test(name)) ? [index] : [],
    );
    const from = Number(query.get('cursor') ?? 0);
    const limit = Number(query.get('limit') ?? 50);
    const rows = this.data.rows.slice(from, from + limit);
    return {
      repo: query.get('repo'),
      branch: query.get('branch') ?? 'main',
      builders: columns.map((index) => this.data.builders[index]),
      commits: rows.map((row) => ({ ...row, cells: columns.map((index) => row.cells[index] ?? null) })),
      next: from + limit < this.data.rows.length ? String(from + limit) : null,
    };
  }

  #builds(query: URLSearchParams): unknown {
    const matches = (build: Build): boolean =>
      (['repo', 'builder', 'state', 'commit'] as const).every(
        (name) => !query.has(name) || build[name] === query.get(name),
      );
    const found = this.settings.isEmpty ? [] : [...this.data.builds.values()].filter(matches);
    const from = Number(query.get('cursor') ?? 0);
    const limit = Number(query.get('limit') ?? 50);
    return {
      items: found.slice(from, from + limit),
      next: from + limit < found.length ? String(from + limit) : null,
    };
  }

  #act(url: URL, isKnown: boolean): Response {
    if (!isKnown) return problem(401, 'unauthenticated', 'This needs a token');
    if (this.settings.refuse !== null) return problem(409, 'conflict', this.settings.refuse);
    const [, , , kind, id = '', action] = url.pathname.split('/');
    if (kind === 'builds') {
      const build = this.data.builds.get(id) ?? [...this.data.builds.values()][0];
      if (build === undefined) return problem(404, 'not_found', 'No build');
      if (action === 'cancel') {
        const cancelled: Build = {
          ...build,
          state: 'cancelled',
          endedAt: new Date().toISOString(),
          cancelRequestedBy: 'ada',
          message: 'Cancelled by ada',
        };
        this.send({ type: 'build', build: cancelled });
        return json(cancelled);
      }
      const fresh: Build = {
        ...build,
        id: `bld_z${this.data.builds.size}`,
        state: 'waiting',
        trigger: 'retry',
        startedAt: null,
        endedAt: null,
        attempts: 0,
        message: null,
        blame: null,
        createdAt: new Date().toISOString(),
      };
      this.send({ type: 'build', build: fresh });
      return json(fresh, 201);
    }
    if (kind === 'join-tokens')
      return json(
        {
          id: 'jtk_2',
          token: 'jt',
          hostType: null,
          createdAt: '',
          expiresAt: '',
          usedAt: null,
          usedBy: null,
          createdBy: 'ada',
          command: `bun run agent -- --coordinator ${this.url} --join jt_secret`,
        },
        201,
      );
    const machine = this.data.machines.find((one) => one.id === id);
    if (machine === undefined) return problem(404, 'not_found', 'No machine');
    const state =
      action === 'drain'
        ? 'draining'
        : action === 'quarantine'
          ? 'quarantined'
          : action === 'revoke'
            ? 'revoked'
            : 'idle';
    const changed = { ...machine, state } as typeof machine;
    this.data.machines[this.data.machines.indexOf(machine)] = changed;
    this.send({ type: 'machine', machine: changed });
    return json(changed);
  }
}

if (import.meta.main) {
  const size = process.argv.includes('--huge')
    ? { builders: 150, commits: 20_000, machines: 5_000, waiting: 5_000 }
    : smallFixture;
  const farm = await startFixtureFarm(size);
  process.stdout.write(`Fixture farm at ${farm.url}\n`);
}
