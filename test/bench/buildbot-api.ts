/** What of Buildbot's REST API the measurements need. */
import { createUntil } from '../until.ts';

/** Its master is one busy thread: to ask often would slow down what is measured. */
const until = createUntil({ deadlineMs: 600_000, pollMs: 50 });

export interface BuildbotApi {
  answers(): Promise<boolean>;
  hasWorker(): Promise<boolean>;
  /** Asks for a build of the builder with this name. */
  force(builder: string): Promise<void>;
  control(method: 'pause' | 'unpause'): Promise<void>;
  /** No request waits or runs. */
  allEnded(): Promise<void>;
  lastBuild(): Promise<number>;
  /** So many builds with larger ids have ended. */
  endedAfter(buildId: number, builds: number): Promise<void>;
  /** Results of the builds with larger ids, oldest first. */
  resultsAfter(buildId: number): Promise<readonly (number | null)[]>;
}

interface BuildRow {
  readonly buildid: number;
  readonly results: number | null;
}

export function createBuildbotApi(url: string): BuildbotApi {
  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`Buildbot: ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
  async function call(path: string, method: string, params: object): Promise<void> {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 1, jsonrpc: '2.0', method, params }),
      signal: AbortSignal.timeout(120_000),
    });
    if (!response.ok) throw new Error(`Buildbot: ${method}: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }
  async function workers(): Promise<{ workerid: number; connected_to: unknown[] }[]> {
    return (await get<{ workers: { workerid: number; connected_to: unknown[] }[] }>('/workers')).workers;
  }
  /** Ids are given out in no order. */
  const ids = new Map<string, number>();
  async function force(builder: string): Promise<void> {
    if (ids.size === 0) {
      const all = await get<{ builders: { builderid: number; name: string }[] }>('/builders');
      for (const { builderid, name } of all.builders) ids.set(name, builderid);
    }
    await call('/forceschedulers/force', 'force', {
      builderid: ids.get(builder),
      username: '',
      reason: 'bench',
    });
  }
  /** Fields that are filtered or sorted on have to be asked for. */
  const fields = 'field=buildid&field=complete&field=results';

  return {
    answers: () =>
      workers().then(
        () => true,
        () => false,
      ),
    hasWorker: () =>
      workers().then(
        (all) => all.some((worker) => worker.connected_to.length > 0),
        () => false,
      ),
    force,
    async control(method) {
      await call(`/workers/${(await workers())[0]?.workerid}`, method, { reason: 'bench' });
    },
    async allEnded() {
      const open = '/buildrequests?complete=false&field=buildrequestid&field=complete&limit=1';
      await until('Buildbot is idle', async () => {
        return (await get<{ buildrequests: unknown[] }>(open)).buildrequests.length === 0;
      });
    },
    async lastBuild() {
      const { builds } = await get<{ builds: BuildRow[] }>(`/builds?${fields}&order=-buildid&limit=1`);
      return builds[0]?.buildid ?? 0;
    },
    async endedAfter(buildId, wanted) {
      const path = `/builds?complete=true&buildid__gt=${buildId}&${fields}&limit=${wanted}`;
      await until(`${wanted} builds of Buildbot`, async () => {
        return (await get<{ builds: BuildRow[] }>(path)).builds.length >= wanted;
      });
    },
    async resultsAfter(buildId) {
      const path = `/builds?buildid__gt=${buildId}&${fields}&order=buildid&limit=100`;
      return (await get<{ builds: BuildRow[] }>(path)).builds.map(({ results }) => results);
    },
  };
}
