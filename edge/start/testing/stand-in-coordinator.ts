/** A coordinator for tests of the supervisor: answers what a supervisor asks, keeps the files that it reads, and does no work. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    data: { type: 'string', default: '.croft' },
    port: { type: 'string', default: '0' },
    repo: { type: 'string' },
    config: { type: 'string' },
    env: { type: 'string' },
  },
});
const data = resolve(values.data);
const at = (name: string) => join(data, name);

if (existsSync(at('refuse'))) {
  process.stderr.write(`croft: ${readFileSync(at('refuse'), 'utf8')}\n`);
  process.exit(2);
}
writeFileSync(
  at('starts'),
  `${existsSync(at('starts')) ? readFileSync(at('starts'), 'utf8') : ''}${process.pid}\n`,
);
if (existsSync(at('crash'))) {
  process.stderr.write('croft: crashed on purpose\n');
  process.exit(1);
}
if (!existsSync(at('admin-token'))) writeFileSync(at('admin-token'), 'stand-in-token', { mode: 0o600 });
writeFileSync(at('coordinator.pid'), String(process.pid));

const heartbeat = new TextEncoder().encode(': here\n\n');
const server = Bun.serve({
  port: Number(values.port),
  hostname: 'localhost',
  idleTimeout: 0,
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/healthz') return Response.json({ ok: true, checks: [] });
    if (pathname === '/api/v1/pools') {
      const hostType = existsSync(at('host-type')) ? readFileSync(at('host-type'), 'utf8') : 'local';
      const counts = { expected: 0, connected: 0, slots: 0, busySlots: 0, waiting: 0 };
      return Response.json({
        items: [{ kind: 'reverse', hostType, ...counts, problem: null, machines: [] }],
      });
    }
    if (pathname === '/api/v1/join-tokens') {
      if (request.headers.get('authorization') !== 'Bearer stand-in-token')
        return problem(401, 'unauthenticated');
      const at = new Date().toISOString();
      const token = {
        id: 'jtk_1',
        hostType: 'local',
        createdAt: at,
        expiresAt: at,
        usedAt: null,
        usedBy: null,
      };
      return Response.json({ ...token, createdBy: 'admin', token: 'join-me', command: '' }, { status: 201 });
    }
    if (pathname === '/api/v1/events') {
      return new Response(new ReadableStream({ start: (controller) => controller.enqueue(heartbeat) }), {
        headers: { 'content-type': 'text/event-stream' },
      });
    }
    if (pathname === '/api/v1/queue') {
      return Response.json({ waiting: 0, running: 0, byClass: {}, items: [], next: null });
    }
    return Response.json({ items: [], next: null });
  },
});
writeFileSync(
  at('coordinator.json'),
  JSON.stringify({ pid: process.pid, url: server.url.origin, port: server.port }),
);
process.stdout.write(`Croft coordinator is at ${server.url.origin}\n`);
process.on('SIGTERM', () => {
  if (existsSync(at('stubborn'))) return;
  rmSync(at('coordinator.pid'), { force: true });
  rmSync(at('coordinator.json'), { force: true });
  process.exit(0);
});

function problem(status: number, code: string): Response {
  const body = { type: 'about:blank', title: code, status, detail: code, code, blame: 'caller' };
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
}
