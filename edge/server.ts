/** One port for everything: pages, REST, event streams, hooks, and the WebSocket at which agents dial in. */
import type { Server } from 'bun';
import type { Clock } from '../agent/kit/clock.ts';
import type { IdSource } from '../agent/kit/ids.ts';
import type { Log, LogLevel } from '../agent/kit/log.ts';
import { FarmError, toFarmError } from '../agent/wire/farm-error.ts';
import type { Coordinator } from '../core/types.ts';
import { environments } from '../env/environments.ts';
import { createApp } from './api/app.ts';
import { largestBodyBytes, withinLimit } from './api/body-limit.ts';
import type { ApiContext, ServerLimits } from './api/context.ts';
import { createEventFeed } from './api/event-feed.ts';
import { createPlaces } from './api/places.ts';
import { problemResponse } from './api/problem.ts';
import { publishChanges } from './api/publish.ts';
import { createIdentifier } from './auth/identify.ts';
import { compressed } from './compressed.ts';
import { createDial, type Dialed, dialPath } from './dial/dial.ts';
import { guarded, preflight } from './headers.ts';
import { createMetrics, type Metrics } from './metrics/index.ts';
import { openapiPages } from './openapi-page/index.ts';
import type { Pages } from './pages/index.ts';
import { createPageAnswer } from './static-pages.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** What other machines call this server; null: the address it listens on. */
  readonly publicUrl: string | null;
  readonly version: string;
  readonly environment: string;
  readonly startedAt: number;
  readonly pages: Pages;
  /** Those that hear of facts since the start; without them new ones are made. */
  readonly metrics?: Metrics;
  /** Without them, those of development. */
  readonly limits?: ServerLimits;
  readonly logLevel?: LogLevel;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Ends every request and socket. */
  stop(): Promise<void>;
}

/** A request that neither sends nor gets a byte for this long is ended; streams say that they mean to stay. */
const idleSeconds = 60;

/** In metrics: every page and its parts, and what is no route. */
const pageRoute = '(page)';
const otherRoute = '(none)';

/** Rejects with `conflict` when the port is taken. */
export async function createServer(coordinator: Coordinator, options: ServerOptions): Promise<RunningServer> {
  const { clock, ids, log } = options;
  const { limits = environments.development.limits, logLevel = 'info' } = options;
  const feed = createEventFeed(options);
  const pageAnswer = createPageAnswer(new Map([...options.pages, ...openapiPages()]));
  const dial = createDial({ accept: coordinator.machines.accept, log });
  let server: Server<Dialed> | null = null;
  const address = () => `http://${urlHost(options.host)}:${server?.port ?? options.port}`;
  /** A request that was made from another has no socket of its own. */
  const originals = new WeakMap<Request, Request>();
  const original = (request: Request) => originals.get(request) ?? request;
  const streams = createPlaces('event streams', limits.eventStreams);
  const metrics = options.metrics ?? createMetrics(options);
  metrics.watch({ coordinator, streamReaders: () => streams.taken });
  const routes = new WeakMap<Request, string>();
  const context: ApiContext = {
    coordinator,
    feed,
    metrics,
    onRoute: (request, route) => routes.set(original(request), route),
    streams,
    clock,
    ids,
    log,
    version: options.version,
    environment: options.environment,
    startedAt: options.startedAt,
    limits,
    logLevel,
    identifier: createIdentifier({
      access: coordinator.access,
      clock,
      anonymousReading: () => coordinator.settings.state().config.policies.anonymousReading,
    }),
    publicUrl: () => options.publicUrl ?? address(),
    keepOpen: (request) => server?.timeout(original(request), 0),
    addressOf: (request) => server?.requestIP(original(request))?.address ?? 'local',
  };
  const app = createApp(context);
  const stopPublishing = publishChanges(coordinator, feed, clock);

  function problem(error: FarmError, more: { status?: number; headers?: Record<string, string> } = {}) {
    return problemResponse(error, { requestId: ids.next('req'), ...more });
  }

  async function ofApi(request: Request): Promise<Response> {
    const isHead = request.method === 'HEAD';
    const asked = isHead
      ? new Request(request, { method: 'GET' })
      : await withinLimit(request, limits.requestBytes);
    if (asked !== request) originals.set(asked, request);
    const answer = await app.handle(asked);
    if (!isHead) return answer;
    // Cancelled rather than read: the bodies of streams never end.
    await answer.body?.cancel();
    return new Response(null, { status: answer.status, headers: answer.headers });
  }

  async function answer(request: Request, running: Server<Dialed>): Promise<Response | undefined> {
    if (new URL(request.url).pathname === dialPath) {
      const refused = dial.upgrade(request, running);
      routes.set(request, dialPath);
      return refused === null ? undefined : problem(refused.error, refused);
    }
    if (request.method === 'OPTIONS') return preflight();
    const page = pageAnswer(request);
    if (page === null) return await ofApi(request);
    routes.set(request, pageRoute);
    return page;
  }

  async function surely(request: Request, running: Server<Dialed>): Promise<Response | undefined> {
    try {
      return await answer(request, running);
    } catch (error) {
      const farmError = toFarmError(error);
      const requestId = ids.next('req');
      if (farmError.code === 'internal') {
        const { pathname } = new URL(request.url);
        log.error('request.broke', { request: requestId, message: farmError.message, path: pathname });
      }
      return problemResponse(farmError, { requestId });
    }
  }

  try {
    server = Bun.serve<Dialed>({
      hostname: options.host,
      port: options.port,
      reusePort: false,
      idleTimeout: idleSeconds,
      maxRequestBodySize: largestBodyBytes(limits.requestBytes),
      development: false,
      async fetch(request, running) {
        const startedAt = clock.monotonic();
        const answered = await surely(request, running);
        if (answered === undefined) return undefined;
        const route = routes.get(request) || otherRoute;
        const { method } = request;
        metrics.request({ method, route, status: answered.status, ms: clock.monotonic() - startedAt });
        return guarded(request, await compressed(request, answered));
      },
      websocket: dial.websocket,
    });
  } catch (error) {
    stopPublishing();
    throw listenError(error, options);
  }
  const { port } = server;
  if (port === undefined) throw new FarmError('internal', 'The server listens on no port', { blame: 'farm' });
  return {
    url: address(),
    port,
    async stop() {
      stopPublishing();
      await server?.stop(true);
    },
  };
}

function listenError(error: unknown, { host, port }: ServerOptions): unknown {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'is in use by another program; choose another with --port',
    EACCES: 'may not be used by this user; choose another with --port',
    EADDRNOTAVAIL: 'can not be listened on: this machine has no such address; choose another with --host',
  };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasons[code];
  if (reason === undefined) return error;
  return new FarmError('conflict', `Port ${port} of ${host} ${reason}`, {
    blame: 'caller',
    details: { port },
    cause: error,
  });
}

/** People can't open `0.0.0.0`. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1' || host === '::1') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
