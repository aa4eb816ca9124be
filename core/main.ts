/** The coordinator's program: reads its options, joins real storage and real sockets to core, and runs until it is told to stop. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '../agent/kit/clock.ts';
import { createIdSource, createSystemRandomness, newSecret } from '../agent/kit/ids.ts';
import { createLog } from '../agent/kit/log.ts';
import { FarmError, toFarmError } from '../agent/wire/farm-error.ts';
import { createMetrics } from '../edge/metrics/index.ts';
import { loadPages } from '../edge/pages/index.ts';
import { createServer } from '../edge/server.ts';
import { coordinatorHelp, readCoordinatorOptions } from '../edge/start/coordinator-options.ts';
import { startTraces } from '../edge/traces/index.ts';
import packageJson from '../package.json' with { type: 'json' };
import { databaseName, openDataFolder } from '../storage/data-folder.ts';
import { openStorage } from '../storage/open.ts';
import { defaultConfig } from './builders/index.ts';
import { createCoordinator } from './coordinator.ts';
import { tellTo } from './facts/index.ts';

const clock = createSystemClock();
const randomness = createSystemRandomness();
const ids = createIdSource({ now: clock.now, randomness });
const logTo = { now: clock.now, write: (line: string) => process.stderr.write(`${line}\n`) };

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** DER prefix of a raw Ed25519 public key (RFC 8410, section 4). */
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

function verifySignature(publicKey: string, text: string, signature: string): boolean {
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.length !== 32) return false;
  const key = createPublicKey({ key: Buffer.concat([ed25519Prefix, raw]), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
}

/**
 * A process id may have gone to another program since it was written down, in a container most easily: the coordinator of a data
 * folder is who has the folder's database open. Where that can't be seen, any process that is there counts.
 */
function isCoordinatorOf(dataDir: string, pid: number): boolean {
  try {
    const opened = `/proc/${pid}/fd`;
    if (!existsSync('/proc/self/fd')) return process.kill(pid, 0);
    if (!existsSync(opened)) return false;
    const database = join(realpathSync(dataDir), databaseName);
    return readdirSync(opened).some((descriptor) => linkAt(join(opened, descriptor)) === database);
  } catch (error) {
    // Somebody else's process is there and can't be looked into.
    return isSystemError(error) && (error.code === 'EPERM' || error.code === 'EACCES');
  }
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    // Closed since the folder was listed.
    if (isSystemError(error) && error.code === 'ENOENT') return null;
    throw error;
  }
}

function isSystemError(error: unknown): error is Error & { readonly code: unknown } {
  return error instanceof Error && 'code' in error;
}

/** Parts that whoever starts the program may hand in otherwise, as the tests that kill it at every write do. */
interface ProgramParts {
  readonly openStorage: typeof openStorage;
}

async function main(parts: ProgramParts): Promise<number> {
  const options = readCoordinatorOptions(process.argv.slice(2), process.env);
  if (options.help) {
    process.stdout.write(coordinatorHelp);
    return 0;
  }
  const { environment, limits, logLevel } = options;
  const log = createLog(logTo, { level: logLevel, format: process.stderr.isTTY ? 'text' : 'json' });
  const folder = openDataFolder(options.dataDir, {
    pid: process.pid,
    newToken: () => newSecret('croft_admin_', randomness),
    isCoordinator: (pid) => isCoordinatorOf(options.dataDir, pid),
  });
  const startedAt = clock.now();
  const metrics = createMetrics({ version: packageJson.version, environment, startedAt });
  const tell = tellTo(metrics.hear, log);
  const storage = await parts.openStorage({
    dir: options.dataDir,
    clock,
    log,
    blobs: options.blobs,
    configFile: options.configFile,
    environment: process.env,
    tell,
  });
  const coordinator = await createCoordinator(
    {
      ...{ clock, randomness, ids, log, hash, tell, verify: verifySignature },
      ...storage,
      memoryBytes: () => process.memoryUsage.rss(),
    },
    {
      fallback: defaultConfig({ repository: options.repository }),
      version: packageJson.version,
      adminTokenHash: hash(folder.adminToken),
      diskFreeBytes: limits.diskFreeBytes,
    },
  );
  await coordinator.start();
  const server = await createServer(coordinator, {
    host: options.host,
    port: options.port,
    publicUrl: options.publicUrl,
    version: packageJson.version,
    environment,
    startedAt,
    pages: await loadPages(),
    metrics,
    limits,
    logLevel,
    clock,
    ids,
    log,
  });
  const traces = await startTraces(
    { coordinator, clock, log, version: packageJson.version, environment },
    options.traces,
  );
  folder.announce({ url: server.url, port: server.port });
  process.stdout.write(`Croft coordinator is at ${server.url}\n`);

  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () =>
      stop.abort(new FarmError('shutting_down', `Got ${signal}`, { blame: 'farm' })),
    );
  }
  await coordinator.run(stop.signal);
  await server.stop();
  await traces.stop();
  await storage.close();
  folder.release();
  return 0;
}

/** Runs the program to its end, and ends the process with it. */
export function runCoordinatorProgram(parts: ProgramParts): void {
  main(parts).then(
    (code) => process.exit(code),
    (error: unknown) => {
      const { code, message, details } = toFarmError(error);
      process.stderr.write(`croft: ${message}\n`);
      // Options may be what failed, so this one goes by none.
      const log = createLog(logTo, { level: 'info', format: 'json' });
      log.error('coordinator.failed', { code, message, details: JSON.stringify(details ?? {}) });
      process.exit(code === 'invalid_input' || code === 'conflict' ? 2 : 1);
    },
  );
}

if (import.meta.main) runCoordinatorProgram({ openStorage });
