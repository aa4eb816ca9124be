/** What every controller is given, and the plugin that tells a request's identity. */
import { Elysia } from 'elysia';
import type { Clock } from '../../agent/kit/clock.ts';
import type { IdSource } from '../../agent/kit/ids.ts';
import type { Log, LogLevel } from '../../agent/kit/log.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import type { Identity, Scope } from '../../core/access/index.ts';
import type { Coordinator } from '../../core/types.ts';
import { demand, type Identifier } from '../auth/identify.ts';
import type { Metrics } from '../metrics/types.ts';
import type { EventFeed } from './event-feed.ts';
import type { Places } from './places.ts';

/** What the environment allows. */
export interface ServerLimits {
  /** Largest body of a request. */
  readonly requestBytes: number;
  /** Open event streams and live logs; each is a socket, and agents need theirs too. */
  readonly eventStreams: number;
  /** Room on the disk of the data folder below which health says so. */
  readonly diskFreeBytes: number;
}

export interface ApiContext {
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly version: string;
  readonly environment: string;
  readonly startedAt: number;
  readonly limits: ServerLimits;
  readonly logLevel: LogLevel;
  readonly identifier: Identifier;
  readonly feed: EventFeed;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  /** Hears which route a request found; empty when there is none. */
  readonly onRoute: (request: Request, route: string) => void;
  /** Of event streams and live logs together. */
  readonly streams: Places;
  /** What other machines call this coordinator. */
  readonly publicUrl: () => string;
  /** For answers that stay open: the server's own idle timeout does not count for this request. */
  readonly keepOpen: (request: Request) => void;
  readonly addressOf: (request: Request) => string;
}

/** For answers that stay open: whether who asked may still read. What can't be told now is no reason to send anybody away. */
export function mayStillRead(context: ApiContext, request: Request): () => Promise<boolean> {
  const asked = new Request(request.url, { headers: request.headers });
  const address = context.addressOf(request);
  return async () => {
    try {
      demand(await context.identifier.identify(asked, address), 'read');
      return true;
    } catch (error) {
      const { code } = toFarmError(error);
      return code !== 'unauthenticated' && code !== 'forbidden';
    }
  };
}

/** Scopes that a controller's routes need at least: those that only look, and those that change something. */
export interface Needs {
  readonly reading: Scope;
  readonly acting: Scope;
}

/**
 * Adds `identity` to the context of a controller's routes and checks it, before anything that the caller sent is looked at. Made
 * anew for each controller: a plugin that is shared by name would keep the first one's needs.
 */
export function identified(context: ApiContext, needs: Needs) {
  return new Elysia({ name: 'identity', seed: needs }).derive(
    { as: 'scoped' },
    async ({ request }): Promise<{ identity: Identity }> => {
      const identity = await context.identifier.identify(request, context.addressOf(request));
      demand(identity, request.method === 'GET' || request.method === 'HEAD' ? needs.reading : needs.acting);
      return { identity };
    },
  );
}
