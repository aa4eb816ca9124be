/** A smart HTTP server for tests: git's own `http-backend` behind a password, and a path where nothing is ever answered. */
export interface TestGitServer {
  readonly port: number;
  /** Requests that came for `/stall`. */
  readonly stalled: () => number;
  stop(): Promise<void>;
}

/** Serves every repository below `root`; user and password are `ann` and `s3cret!`. */
export function startTestGitServer(root: string): TestGitServer {
  const expected = `Basic ${btoa('ann:s3cret!')}`;
  let stalled = 0;
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (pathname.startsWith('/stall')) {
        stalled++;
        return await new Promise<never>(() => {});
      }
      if (request.headers.get('authorization') !== expected) {
        return new Response('no', { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } });
      }
      return await runBackend(root, request, pathname, search.slice(1));
    },
  });
  return {
    port: server.port ?? 0,
    stalled: () => stalled,
    stop: () => server.stop(true),
  };
}

async function runBackend(root: string, request: Request, path: string, query: string): Promise<Response> {
  const backend = Bun.spawn(['git', 'http-backend'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      HOME: root,
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers.get('content-type') ?? '',
      HTTP_CONTENT_ENCODING: request.headers.get('content-encoding') ?? '',
      GIT_PROTOCOL: request.headers.get('git-protocol') ?? '',
    },
    stdin: new Uint8Array(await request.arrayBuffer()),
    stdout: 'pipe',
    stderr: 'ignore',
  });
  const output = Buffer.from(await new Response(backend.stdout).arrayBuffer());
  const headEnd = output.indexOf('\r\n\r\n');
  const headers = new Headers();
  for (const line of output.toString('latin1', 0, headEnd).split('\r\n')) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const status = Number.parseInt(headers.get('status') ?? '200', 10);
  headers.delete('status');
  return new Response(output.subarray(headEnd + 4), { status, headers });
}
