/** The API in this process: a real coordinator on real storage in a temporary folder, driven by requests without a port. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createIdSource, createSystemRandomness } from '../../agent/kit/ids.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { defaultConfig } from '../../core/builders/index.ts';
import { createCoordinator, type RunningCoordinator } from '../../core/coordinator.ts';
import { type App, createApp } from '../../edge/api/app.ts';
import type { ApiContext } from '../../edge/api/context.ts';
import { createEventFeed } from '../../edge/api/event-feed.ts';
import { publishChanges } from '../../edge/api/publish.ts';
import { createIdentifier } from '../../edge/auth/identify.ts';
import { openStorage } from '../../storage/open.ts';
import { makeRepository, type TestRepository } from '../farm/repository.ts';

export const adminToken = 'croft_admin_of_the_test';

export interface ApiUnderTest {
  readonly app: App;
  readonly coordinator: RunningCoordinator;
  readonly repository: TestRepository;
  /** Sends a request, with the admin token unless another (or none: null) is given. */
  send(method: string, path: string, options?: SendOptions): Promise<Response>;
  stop(): Promise<void>;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

function sha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export async function startApi(): Promise<ApiUnderTest> {
  const dir = mkdtempSync(join(tmpdir(), 'croft-api-'));
  const repository = makeRepository(join(dir, 'repo'));
  repository.commit({ 'croft.json': '{"steps":["true"]}' }, 'The first commit');
  const clock = createSystemClock();
  const randomness = createSystemRandomness();
  const ids = createIdSource({ now: clock.now, randomness });
  const storage = await openStorage({
    dir: join(dir, 'data'),
    clock,
    log: silentLog,
    blobs: { kind: 'folder' },
    configFile: null,
    environment: process.env,
  });
  const coordinator = await createCoordinator(
    { clock, randomness, ids, log: silentLog, hash: sha256, verify: () => false, ...storage },
    {
      fallback: defaultConfig({ repository: repository.dir }),
      version: '0',
      adminTokenHash: sha256(adminToken),
    },
  );
  await coordinator.start();
  const stop = new AbortController();
  const running = coordinator.run(stop.signal);
  const feed = createEventFeed({ clock, startedAt: clock.now() });
  const context: ApiContext = {
    coordinator,
    feed,
    clock,
    ids,
    log: silentLog,
    version: '0',
    environment: 'test',
    startedAt: clock.now(),
    identifier: createIdentifier({ access: coordinator.access, clock, anonymousReading: () => true }),
    publicUrl: () => 'http://localhost',
    keepOpen: () => undefined,
    addressOf: () => 'test',
  };
  const stopPublishing = publishChanges(coordinator, feed, clock);
  const app = createApp(context);
  return {
    app,
    coordinator,
    repository,
    async send(method, path, options = {}) {
      const { token = adminToken, rawBody } = options;
      const body = rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
      const headers = {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...options.headers,
      };
      return await app.handle(
        new Request(`http://localhost${path}`, {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        }),
      );
    },
    async stop() {
      stopPublishing();
      stop.abort(new Error('The test is over'));
      await running;
      await storage.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
