/** A TCP proxy that does harm on order: toxiproxy, a Go program (`github.com/Shopify/toxiproxy/v2/cmd/server`). */
import { createUntil } from '../until.ts';
import { freePort } from './free-port.ts';

export interface Toxic {
  readonly type: 'latency' | 'bandwidth' | 'timeout' | 'limit_data' | 'slow_close';
  readonly stream: 'upstream' | 'downstream';
  readonly attributes: Readonly<Record<string, number>>;
}

export interface Toxiproxy {
  /** Where clients connect. */
  readonly port: number;
  /** False: connections are closed and new ones refused. */
  enable(on: boolean): Promise<void>;
  add(...toxics: readonly Toxic[]): Promise<void>;
  /** Takes every toxic away. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

const until = createUntil({ deadlineMs: 10_000, pollMs: 25 });

/** `program` is the path of the server; `upstream` the address behind the proxy, `host:port`. */
export async function startToxiproxy(program: string, upstream: string): Promise<Toxiproxy> {
  const [apiPort, port] = [await freePort(), await freePort()];
  const server = Bun.spawn([program, '-host', '127.0.0.1', '-port', String(apiPort)], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {},
  });
  const names: string[] = [];
  async function send(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${apiPort}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`toxiproxy: ${method} ${path}: ${response.status} ${answer}`);
  }
  async function stop(): Promise<void> {
    server.kill('SIGKILL');
    await server.exited;
  }
  try {
    await until('toxiproxy answers', async () =>
      send('GET', '/version').then(
        () => true,
        () => false,
      ),
    );
    await send('POST', '/proxies', { name: 'farm', listen: `127.0.0.1:${port}`, upstream, enabled: true });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    enable: (enabled) => send('POST', '/proxies/farm', { enabled }),
    async add(...toxics) {
      for (const toxic of toxics) {
        const name = `toxic${names.length}`;
        await send('POST', '/proxies/farm/toxics', { name, toxicity: 1, ...toxic });
        names.push(name);
      }
    },
    async heal() {
      for (const name of names.splice(0)) await send('DELETE', `/proxies/farm/toxics/${name}`);
    },
    stop,
  };
}
