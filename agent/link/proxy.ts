/** A way out through an HTTP proxy (CONNECT), where the machine has no other. */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FarmError } from '../wire/farm-error.ts';

/** The proxy for a coordinator, by the variables that other programs read too; undefined: none. */
export function proxyFor(coordinator: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const isSecure = coordinator.protocol === 'https:' || coordinator.protocol === 'wss:';
  const proxy = isSecure
    ? (env['HTTPS_PROXY'] ?? env['https_proxy'])
    : (env['HTTP_PROXY'] ?? env['http_proxy']);
  if (proxy === undefined || proxy === '') return undefined;
  const direct = (env['NO_PROXY'] ?? env['no_proxy'] ?? '')
    .split(',')
    .map((host) => host.trim().toLowerCase());
  return direct.some((host) => isUnder(coordinator.hostname, host)) ? undefined : new URL(proxy);
}

function isUnder(host: string, rule: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  const suffix = rule.startsWith('.') ? rule : `.${rule}`;
  return host.toLowerCase() === rule || host.toLowerCase().endsWith(suffix);
}

/** A connection to `target` through `proxy`, with TLS inside it when the coordinator speaks that. */
export function connectThrough(
  proxy: URL,
  target: URL,
  options: { readonly timeoutMs: number; readonly ca: string | undefined },
): Promise<Socket> {
  const isSecure = target.protocol === 'wss:';
  const port = target.port === '' ? (isSecure ? '443' : '80') : target.port;
  return new Promise((resolve, reject) => {
    const asking = request({
      host: proxy.hostname,
      port: proxy.port === '' ? 80 : Number(proxy.port),
      method: 'CONNECT',
      path: `${target.hostname}:${port}`,
      headers: { host: `${target.hostname}:${port}`, ...authorization(proxy) },
      timeout: options.timeoutMs,
    });
    asking.once('connect', (answer, socket) => {
      if (answer.statusCode !== 200) {
        socket.destroy();
        reject(refused(proxy, `it answered ${answer.statusCode}`));
      } else if (isSecure) {
        const { ca } = options;
        const secure = connectTls({
          socket,
          servername: target.hostname,
          ...(ca === undefined ? {} : { ca }),
        });
        secure.once('secureConnect', () => resolve(secure));
        secure.once('error', reject);
      } else resolve(socket as Socket);
    });
    asking.once('timeout', () => asking.destroy(refused(proxy, 'it did not answer')));
    asking.once('error', reject);
    asking.end();
  });
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}

function refused(proxy: URL, why: string): FarmError {
  return new FarmError('connection_lost', `The proxy ${proxy.host} gives no way out: ${why}`, {
    blame: 'outside',
    retry: 'same',
  });
}
