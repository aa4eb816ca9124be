/**
 * Compares the database and the objects both ways. A look only reads, on a connection of its own, and may be taken while a
 * coordinator works: what was put and not published yet, and what goes just now, is no finding. Repairs need the folder alone.
 */
import { Database } from 'bun:sqlite';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/bun-sqlite';
import { silentLog } from '../../agent/kit/log.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import { createLogs } from '../../core/logs/index.ts';
import { databaseName, mustBeDataFolder } from '../data-folder.ts';
import { sqliteMigrations } from '../migrations/sqlite/index.ts';
import { openSqliteDatabase, type SqliteDatabase } from '../sqlite/database.ts';
import { createSqliteRetentionStore } from '../sqlite/retention-store.ts';
import { createSqliteSealedLogs } from '../sqlite/sealed-logs.ts';
import { checkDatabase } from './database.ts';
import { type Reference, readReferences } from './references.ts';
import type { CheckReport, CheckRequest, Finding } from './types.ts';

/** An object is put before its row is stored; an hour is far more than lies between the two. */
const graceMs = 3_600_000;
const mostListed = 10_000;
const ourPrefixes = ['logs/', 'artifacts/', 'source/'] as const;

export async function checkStorage(request: CheckRequest): Promise<CheckReport> {
  mustBeDataFolder(request.dir);
  const file = join(request.dir, databaseName);
  const { clock } = request;
  const writing = request.repair ? await openSqliteDatabase({ file, clock, log: silentLog }) : null;
  const raw = new Database(file, { readwrite: true, create: false });
  try {
    raw.run('PRAGMA busy_timeout = 5000');
    checkSchema(raw);
    return await createCheck(request, raw, writing)();
  } finally {
    raw.close();
    await writing?.close();
  }
}

function checkSchema(raw: Database): void {
  const row = raw.query<{ count: number }, []>('SELECT count(*) AS count FROM schema_migrations').get();
  if (row?.count === sqliteMigrations.length) return;
  throw new FarmError(
    'conflict',
    `The database has schema version ${row?.count}, and this Croft checks version ${sqliteMigrations.length}; start this Croft on it once, or use the one that wrote it`,
    { blame: 'caller' },
  );
}

function createCheck(
  request: CheckRequest,
  raw: Database,
  writing: SqliteDatabase | null,
): () => Promise<CheckReport> {
  const { blobs, signal, clock, onProgress } = request;
  const references = readReferences(raw);
  const findings: Finding[] = [];
  let more = 0;
  let objects = 0;
  let bytes = 0;

  function find(finding: Finding): void {
    if (findings.length < mostListed) findings.push(finding);
    else more++;
  }

  async function lookAtObjects(): Promise<void> {
    for await (const { key, bytes: size, modifiedAt } of blobs.list('')) {
      signal.throwIfAborted();
      objects++;
      bytes += size;
      references.seen(key, size);
      if (objects % 1_000 === 0) onProgress({ doing: 'objects', files: objects, bytes });
      if (references.isAccountedFor(key) || clock.now() - modifiedAt < graceMs) continue;
      // A bucket may be shared: only what a farm names like this was its own.
      const isOurs = ourPrefixes.some((prefix) => key.startsWith(prefix));
      if (request.repair && isOurs) await blobs.remove(key);
      const text = isOurs ? `no row names it (${size} bytes)` : 'it has no name that this farm gives';
      const kind = isOurs ? 'orphan-object' : 'foreign-object';
      find({ kind, what: key, text, repaired: request.repair && isOurs });
    }
  }

  async function lookAtReferences(): Promise<void> {
    for (const reference of references.unmatched()) {
      signal.throwIfAborted();
      // Put since the objects were listed, or let go since its row was read.
      const there = await blobs.stat(reference.key);
      if (there !== null && (reference.bytes === null || there.bytes === reference.bytes)) continue;
      if (!references.stillThere(reference)) continue;
      if (there === null) {
        const text = `the ${wordOf(reference)} "${reference.id}" names it, and it is gone`;
        find({ kind: 'missing-object', what: reference.key, text, repaired: await letGo(reference, 'lost') });
      } else {
        const text = `the ${wordOf(reference)} "${reference.id}" has ${reference.bytes} bytes, and the object ${there.bytes}`;
        find({ kind: 'wrong-size', what: reference.key, text, repaired: await letGo(reference, 'damaged') });
      }
    }
  }

  /** Pages say what became of a log or an artifact; an archive is made again when one is wanted. */
  async function letGo({ kind, id }: Reference, word: string): Promise<boolean> {
    if (writing === null) return false;
    const removal = { at: clock.now(), policy: `${word}, as croft fsck found` };
    await createSqliteRetentionStore(writing).letGo({ kind, ids: [id], removal });
    return true;
  }

  async function readEverything(): Promise<void> {
    const sealed = createSqliteSealedLogs({ db: drizzle(raw), read: async (body) => body() });
    const logs = createLogs({
      ...noLiveLogs,
      sealed,
      blobs: { ...blobs, put: noPut },
      clock,
      log: silentLog,
    });
    let files = 0;
    for (const reference of references.all()) {
      signal.throwIfAborted();
      files++;
      onProgress({ doing: 'content', files, bytes });
      const wrong = await contentProblem(reference, logs);
      if (wrong === null || !references.stillThere(reference)) continue;
      find({
        kind: 'wrong-content',
        what: reference.key,
        text: wrong,
        repaired: await letGo(reference, 'damaged'),
      });
    }
  }

  async function contentProblem(
    reference: Reference,
    logs: ReturnType<typeof createLogs>,
  ): Promise<string | null> {
    try {
      if (reference.kind === 'logs') {
        for await (const _ of logs.bytes(reference.id)) signal.throwIfAborted();
        return null;
      }
      const hash = createHash('sha256');
      for await (const chunk of blobs.get(reference.key)) hash.update(chunk);
      const digest = `sha256:${hash.digest('hex')}`;
      return digest === reference.digest ? null : `its digest is ${digest} instead of ${reference.digest}`;
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = toFarmError(error);
      // Told already by the look at the references.
      return code === 'blob_missing' ? null : message;
    }
  }

  return async () => {
    onProgress({ doing: 'database', files: 0, bytes: 0 });
    for (const finding of checkDatabase(raw, request.deep)) find(finding);
    await lookAtObjects();
    await lookAtReferences();
    if (request.deep) await readEverything();
    return { references: references.count(), objects, findings, more };
  };
}

function wordOf({ kind }: Reference): string {
  return kind === 'logs' ? 'log' : kind === 'artifacts' ? 'artifact' : 'archive';
}

const noLiveLogs = {
  files: {
    list: async () => [],
    remove: async () => undefined,
    open: () => Promise.reject(new FarmError('internal', 'A check opens no live log', { blame: 'farm' })),
  },
};

function noPut(): Promise<never> {
  return Promise.reject(new FarmError('internal', 'A check puts no object', { blame: 'farm' }));
}
