/** What the supervisor asks the coordinator over its REST API. */
import { Type } from '@sinclair/typebox';
import type { Clock } from '../../agent/kit/clock.ts';
import { isFarmError } from '../../agent/wire/farm-error.ts';
import { listOf, NewJoinToken, Pool } from '../api/model.ts';
import type { FarmClient } from '../cli/client.ts';
import type { CoordinatorRecord, DataFolder } from './data-folder.ts';

export interface FarmLink {
  /** Null until the coordinator with this process id has written where it is and answers there. */
  whenReady(pid: number): Promise<CoordinatorRecord | null>;
  /** A token with which one machine of the type may join soon. Rejects when the farm refuses. */
  joinToken(url: string, hostType: string): Promise<string>;
  hostTypes(url: string): Promise<readonly string[]>;
  client(url: string): FarmClient;
}

/** All that is asked of a coordinator that may be older than we are: that it answers as one. */
const Answer = Type.Object({ ok: Type.Boolean() });

const joinWithinMs = 10 * 60_000;

export function createFarmLink(deps: {
  readonly clock: Clock;
  readonly folder: DataFolder;
  readonly createClient: (url: string, token: string | null) => FarmClient;
}): FarmLink {
  const client = (url: string) => deps.createClient(url, deps.folder.adminToken());
  return {
    client,
    async whenReady(pid) {
      const record = deps.folder.coordinator();
      if (record === null || record.pid !== pid) return null;
      try {
        // A farm with a problem to report (503) is up all the same.
        await client(localUrl(record.port)).get(Answer, '/healthz', {}, [503]);
        return record;
      } catch (error) {
        // Not yet; whoever waits has the time limit.
        if (isFarmError(error)) return null;
        throw error;
      }
    },
    async joinToken(url, hostType) {
      const body = { hostType, expiresInMs: joinWithinMs };
      return (await client(url).post(NewJoinToken, '/api/v1/join-tokens', body)).token;
    },
    async hostTypes(url) {
      const { items } = await client(url).get(listOf(Pool), '/api/v1/pools');
      return items.map((pool) => pool.hostType);
    },
  };
}

export function localUrl(port: number): string {
  return `http://localhost:${port}`;
}

/**
 * The type that the local machine joins as: the one asked for, else `local`, else the only one there is. Null with the reason
 * when none can be chosen.
 */
export function chooseHostType(
  wanted: string | null,
  known: readonly string[],
): { readonly hostType: string } | { readonly problem: string } {
  if (wanted !== null) {
    if (known.includes(wanted)) return { hostType: wanted };
    return {
      problem: `no local agent: the configuration has no host type "${wanted}"; it has ${known.join(', ') || 'none'}`,
    };
  }
  if (known.includes('local')) return { hostType: 'local' };
  const [only] = known;
  if (only !== undefined && known.length === 1) return { hostType: only };
  return {
    problem: `no local agent: the configuration has no host type "local"; say which this machine is with --host-type (${known.join(', ') || 'none is configured'})`,
  };
}
