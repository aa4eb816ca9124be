/** One port for everything: pages, REST, event streams, hooks, and the WebSocket at which agents dial in. */
import type { Server } from 'bun';
import type { Clock } from '../agent/kit/clock.ts';
import type { IdSource } from '../agent/kit/ids.ts';
import type { Log } from '../agent/kit/log.ts';
import { FarmError, invalidInput } from '../agent/wire/farm-error.ts';
import type { Coordinator } from '../core/types.ts';
import { createApp, dashboardAnswer } from './api/app.ts';
import type { ApiContext } from './api/context.ts';
import { createEventFeed } from './api/event-feed.ts';
import { problemResponse } from './api/problem.ts';
import { publishChanges } from './api/publish.ts';
import { createIdentifier } from './auth/identify.ts';
import { type Dialed, dialHandler, dialPath, newDialed } from './dial/dial.ts';
import { guarded, preflight } from './headers.ts';
import { openapiPages } from './openapi-page/index.ts';
import type { Pages } from './pages/index.ts';
import { pageAnswer } from './static-pages.ts';

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

const bodyBytes = 1024 * 1024;
/** A request that neither sends nor gets a byte for this long is ended; streams say that they mean to stay. */
const idleSeconds = 60;

/** Rejects with `conflict` when the port is taken. */
export async function createServer(coordinator: Coordinator, options: ServerOptions): Promise<RunningServer> {
  const feed = createEventFeed(options.startedAt);
  const pages = new Map([...options.pages, ...openapiPages()]);
  let server: Server<Dialed> | null = null;
  const address = () => `http://${urlHost(options.host)}:${server?.port ?? options.port}`;
  const context: ApiContext = {
    coordinator,
    feed,
    clock: options.clock,
    ids: options.ids,
    log: options.log,
    version: options.version,
    environment: options.environment,
    startedAt: options.startedAt,
    identifier: createIdentifier({
      access: coordinator.access,
      clock: options.clock,
      anonymousReading: () => coordinator.settings.state().config.policies.anonymousReading,
    }),
    publicUrl: () => options.publicUrl ?? address(),
    keepOpen: (request) => server?.timeout(request, 0),
    addressOf: (request) => server?.requestIP(request)?.address ?? 'local',
  };
  const app = createApp(context);
  const stopPublishing = publishChanges(coordinator, feed, options.clock);

  async function answer(request: Request): Promise<Response> {
    if (request.method === 'OPTIONS') return preflight();
    const page = pageAnswer(pages, request) ?? (await dashboardAnswer(context, request));
    return page ?? (await app.handle(request));
  }

  try {
    server = Bun.serve<Dialed>({
      hostname: options.host,
      port: options.port,
      reusePort: false,
      idleTimeout: idleSeconds,
      maxRequestBodySize: bodyBytes,
      development: false,
      async fetch(request, running) {
        const { pathname } = new URL(request.url);
        if (pathname === dialPath) {
          const remote = running.requestIP(request)?.address ?? 'an address that is not known';
          if (running.upgrade(request, { data: newDialed(remote) })) return undefined;
          const error = invalidInput('Upgrade', 'this is where agents dial in, by WebSocket');
          return guarded(
            request,
            problemResponse(error, {
              requestId: options.ids.next('req'),
              status: 426,
              headers: { upgrade: 'websocket' },
            }),
          );
        }
        return guarded(request, await answer(request));
      },
      error(error) {
        options.log.error('request.broke', { message: error.message });
        return problemResponse(new FarmError('internal', error.message, { blame: 'farm', cause: error }), {
          requestId: options.ids.next('req'),
        });
      },
      websocket: dialHandler(coordinator.machines.accept),
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
  if (
    !(error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES'))
  )
    return error;
  const why = error.code === 'EADDRINUSE' ? 'is in use by another program' : 'may not be used by this user';
  return new FarmError('conflict', `Port ${port} of ${host} ${why}; choose another with --port`, {
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
