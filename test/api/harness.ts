/** The API in this process, driven by requests without a port. */
import { silentLog } from '../../agent/kit/log.ts';
import type { Policies } from '../../core/builders/types.ts';
import { type App, createApp } from '../../edge/api/app.ts';
import type { ApiContext } from '../../edge/api/context.ts';
import { createEventFeed } from '../../edge/api/event-feed.ts';
import { createPlaces } from '../../edge/api/places.ts';
import { publishChanges } from '../../edge/api/publish.ts';
import { createIdentifier } from '../../edge/auth/identify.ts';
import { createMetrics } from '../../edge/metrics/index.ts';
import { environments } from '../../env/environments.ts';
import { adminToken, type Backend, startBackend } from './backend.ts';

export { adminToken };

export interface ApiUnderTest extends Backend {
  readonly app: App;
  readonly context: ApiContext;
  /** Sends a request, with the admin token unless another (or none: null) is given. */
  send(method: string, path: string, options?: SendOptions): Promise<Response>;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export async function startApi(policies: Partial<Policies> = {}): Promise<ApiUnderTest> {
  const backend = await startBackend(policies);
  const { coordinator, clock, ids } = backend;
  const feed = createEventFeed({ clock, startedAt: clock.now() });
  const streams = createPlaces('event streams', 100);
  const metrics = createMetrics({ version: '0', environment: 'test', startedAt: clock.now() });
  metrics.watch({ coordinator, streamReaders: () => streams.taken });
  const context: ApiContext = {
    coordinator,
    feed,
    metrics,
    onRoute: () => undefined,
    streams,
    clock,
    ids,
    log: silentLog,
    version: '0',
    environment: 'test',
    startedAt: clock.now(),
    limits: environments.development.limits,
    logLevel: 'info',
    identifier: createIdentifier({
      access: coordinator.access,
      clock,
      anonymousReading: () => coordinator.settings.state().config.policies.anonymousReading,
    }),
    publicUrl: () => 'http://localhost',
    keepOpen: () => undefined,
    addressOf: () => 'test',
  };
  const stopPublishing = publishChanges(coordinator, feed, clock);
  const app = createApp(context);
  return {
    ...backend,
    app,
    context,
    send: async (method, path, options = {}) => await app.handle(requestOf(method, path, options)),
    async stop() {
      stopPublishing();
      await backend.stop();
    },
  };
}

function requestOf(method: string, path: string, options: SendOptions): Request {
  const { token = adminToken, rawBody } = options;
  const body = rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    ...options.headers,
  };
  return new Request(`http://localhost${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}
