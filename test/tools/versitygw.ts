/** A real S3-compatible server on a folder of its own. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

const accessKeyId = 'testkey';
const secretAccessKey = 'testsecret123';

/** `program` is the path of versitygw. The server keeps `buckets` from the start. */
export async function startVersitygw(program: string, buckets: readonly string[]): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'croft-s3-'));
  for (const bucket of buckets) await mkdir(join(folder, bucket));
  const port = await freePort();
  const server = Bun.spawn(
    [
      program,
      ...['--port', `127.0.0.1:${port}`, '--access', accessKeyId, '--secret', secretAccessKey],
      ...['--health', '/health', '--quiet', 'posix', folder],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { HOME: folder } },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  async function stop(): Promise<void> {
    server.kill();
    await server.exited;
    await rm(folder, { recursive: true, force: true });
  }
  try {
    await untilHealthy(`${endpoint}/health`, () => server.exitCode);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, accessKeyId, secretAccessKey, stop };
}

async function untilHealthy(url: string, exitCode: () => number | null): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (exitCode() !== null) throw new Error(`The S3 server ended with ${exitCode()}`);
    const healthy = await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await Bun.sleep(25);
  }
  throw new Error('The S3 server did not become healthy within 5 s');
}
