/**
 * The real server on a real coordinator with some past, for programs that fuzz it from outside: `bun test/fuzz/serve.ts [--port N]`.
 * Prints one line of JSON with its `url` and `token`, and serves until it is told to stop.
 */
import { createJsonLog } from '../../agent/kit/log.ts';
import { loadPages } from '../../edge/pages/index.ts';
import { createServer } from '../../edge/server.ts';
import { adminToken, startBackend } from '../api/backend.ts';
import { addPastBuild } from '../api/past-build.ts';

const port = Number(process.argv[process.argv.indexOf('--port') + 1] ?? 0) || 0;
const backend = await startBackend();
const { clock, ids } = backend;
const server = await createServer(backend.coordinator, {
  host: '127.0.0.1',
  port,
  publicUrl: null,
  version: '0',
  environment: 'test',
  startedAt: clock.now(),
  pages: await loadPages(),
  clock,
  ids,
  log: createJsonLog({ now: clock.now, write: (line) => process.stderr.write(`${line}\n`) }),
});
const log = Array.from({ length: 2_000 }, (_, index) => `line ${index + 1}: error or not\n`).join('');
for (const state of ['passed', 'failed'] as const)
  await addPastBuild(backend, { state, log, artifacts: { 'out/report.html': '<p>report</p>' } });
process.stdout.write(`${JSON.stringify({ url: server.url, token: adminToken })}\n`);

await new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
await server.stop();
await backend.stop();
