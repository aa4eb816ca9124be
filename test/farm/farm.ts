/** A whole farm of real processes on temporary folders: one coordinator, any number of agents, real git repositories. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build, BuildDetail, Machine } from '../../edge/api/model.ts';
import { type Program, startProgram, until } from './processes.ts';

export interface TestFarm {
  readonly dir: string;
  readonly url: string;
  readonly coordinator: Program;
  readonly agents: ReadonlyMap<string, Program>;
  readonly api: Api;
  writeConfig(config: object): void;
  startCoordinator(env?: Readonly<Record<string, string>>): Promise<void>;
  startAgent(name: string, options?: AgentOptions): Promise<Program>;
  /** Waits until this many machines are connected. */
  connected(count: number, deadlineMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface AgentOptions {
  readonly slots?: number;
  readonly hostType?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the agent's own. */
  readonly script?: string;
  /** Where it dials; by default the coordinator itself. */
  readonly coordinator?: string;
  /** Its folder; by default one below the farm's. */
  readonly dir?: string;
  readonly args?: readonly string[];
  /** A command that starts it, `ip netns exec …` say. */
  readonly within?: readonly string[];
}

export interface FarmOptions {
  readonly coordinatorArgs?: readonly string[];
  /** Another program than the coordinator's own. */
  readonly coordinatorScript?: string;
  readonly coordinatorEnv?: Readonly<Record<string, string>>;
  /** The data folder; by default one below the farm's. */
  readonly dataDir?: string;
}

export interface Api {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: object): Promise<T>;
  request(method: string, path: string, body?: object): Promise<Response>;
  build(id: string): Promise<BuildDetail>;
  builds(query?: string): Promise<readonly Build[]>;
  log(id: string): Promise<string>;
  /** Waits for the end of a build. */
  finished(id: string, deadlineMs?: number): Promise<BuildDetail>;
  machines(): Promise<readonly Machine[]>;
}

/** A farm configuration with one repository, one host type and the builders given. */
export function configFor(repo: string, builders: readonly object[], policies: object = {}): object {
  return {
    name: 'test farm',
    repositories: [{ name: 'project', url: repo, poll: '1s', history: 1 }],
    hostTypes: [{ name: 'local' }],
    builders,
    policies,
  };
}

export async function startFarm(config: object, options: FarmOptions = {}): Promise<TestFarm> {
  const dir = mkdtempSync(join(tmpdir(), 'croft-farm-'));
  const dataDir = options.dataDir ?? join(dir, 'data');
  mkdirSync(join(dir, 'logs'));
  const configFile = join(dir, 'farm.config.json');
  const agents = new Map<string, Program>();
  let coordinator: Program | null = null;
  let url = '';
  let port = 0;

  const token = () => readFileSync(join(dataDir, 'admin-token'), 'utf8').trim();
  const api = createApi(() => url, token);

  const farm: TestFarm = {
    dir,
    get url() {
      return url;
    },
    get coordinator() {
      if (coordinator === null) throw new Error('The coordinator was not started');
      return coordinator;
    },
    agents,
    api,
    writeConfig: (next) => writeFileSync(configFile, JSON.stringify(next, null, 2)),
    async startCoordinator(env = {}) {
      coordinator = startProgram({
        name: 'coordinator',
        script: options.coordinatorScript ?? 'core/main.ts',
        args: [
          '--data',
          dataDir,
          '--config',
          configFile,
          '--port',
          String(port),
          ...(options.coordinatorArgs ?? []),
        ],
        env: { ...options.coordinatorEnv, ...env },
        logFile: join(dir, 'logs', 'coordinator.log'),
      });
      const line = await coordinator.printed(/Croft coordinator is at (http:\S+)/);
      url = line[1] ?? '';
      port = Number(new URL(url).port);
    },
    async startAgent(name, options = {}) {
      const hostType = options.hostType ?? 'local';
      const args = [
        '--coordinator',
        options.coordinator ?? url,
        '--dir',
        options.dir ?? join(dir, 'agents', name),
        '--name',
        name,
        '--host-type',
        hostType,
      ];
      const join1 = agents.has(name)
        ? null
        : await api.post<{ token: string }>('/api/v1/join-tokens', { hostType });
      const agent = startProgram({
        name,
        script: options.script ?? 'agent/main.ts',
        args: [...args, '--slots', String(options.slots ?? 1), ...(options.args ?? [])],
        env: { ...options.env, ...(join1 === null ? {} : { CROFT_JOIN_TOKEN: join1.token }) },
        logFile: join(dir, 'logs', `${name}.log`),
        ...(options.within === undefined ? {} : { within: options.within }),
      });
      agents.set(name, agent);
      await agent.printed(/connected to/);
      return agent;
    },
    async connected(count, deadlineMs) {
      const here = async () =>
        (await api.machines()).filter((machine) => ['idle', 'busy'].includes(machine.state));
      await until(`${count} machines are connected`, async () => (await here()).length === count, deadlineMs);
    },
    async stop() {
      for (const agent of agents.values()) agent.signal('SIGTERM');
      coordinator?.signal('SIGTERM');
      const parts = [...agents.values(), ...(coordinator === null ? [] : [coordinator])];
      await Promise.all(
        parts.map(async (part) => {
          await Promise.race([part.exited, Bun.sleep(5_000)]);
          await part.kill();
        }),
      );
      rmSync(dir, { recursive: true, force: true });
    },
  };
  farm.writeConfig(config);
  try {
    await farm.startCoordinator();
  } catch (error) {
    await farm.stop();
    throw error;
  }
  return farm;
}

function createApi(url: () => string, token: () => string): Api {
  async function request(method: string, path: string, body?: object): Promise<Response> {
    return await fetch(`${url()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
  }
  async function json<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await request(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
  const api: Api = {
    request,
    get: (path) => json('GET', path),
    post: (path, body) => json('POST', path, body ?? {}),
    build: (id) => json('GET', `/api/v1/builds/${id}`),
    builds: async (query = '') =>
      (await json<{ items: Build[] }>('GET', `/api/v1/builds?limit=500${query}`)).items,
    log: async (id) => await (await request('GET', `/api/v1/builds/${id}/log`)).text(),
    finished: (id, deadlineMs) =>
      until(
        `build ${id} is finished`,
        async () => {
          const build = await api.build(id);
          return build.endedAt === null ? null : build;
        },
        deadlineMs,
      ),
    machines: async () => (await json<{ items: Machine[] }>('GET', '/api/v1/machines')).items,
  };
  return api;
}
