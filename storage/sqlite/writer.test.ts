import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createDeferred } from '../../agent/kit/deferred.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { Fact } from '../../core/facts/types.ts';
import { createWriter, type Writer } from './writer.ts';

describe('the writer', () => {
  let raw: Database;
  let commits: number;
  let syncs: number;
  let told: Fact[];
  let sync: () => Promise<void>;
  let writer: Writer;
  let flush: () => void;

  beforeEach(() => {
    raw = new Database(':memory:', { strict: true });
    raw.run('CREATE TABLE things (name text PRIMARY KEY NOT NULL) STRICT');
    commits = 0;
    syncs = 0;
    told = [];
    sync = async () => {};
    flush = () => {};
    writer = createWriter({
      raw,
      walSync: {
        sync: () => {
          syncs++;
          return sync();
        },
      },
      clock: createManualClock(1_000),
      tell: (fact) => told.push(fact),
      onCommit: () => commits++,
      defer: (run) => {
        flush = run;
      },
    });
  });
  afterEach(() => raw.close());

  function add(name: string): string {
    raw.run('INSERT INTO things VALUES (?)', [name]);
    return name;
  }

  function names(): string[] {
    return raw
      .query<{ name: string }, []>('SELECT name FROM things ORDER BY name')
      .all()
      .map((row) => row.name);
  }

  test('commits everything that waits at once, and each gets its own answer', async () => {
    const answers = Promise.all(['a', 'b', 'c'].map((name) => writer.write('progress', () => add(name))));
    expect(names()).toEqual([]);
    flush();
    expect(await answers).toEqual(['a', 'b', 'c']);
    expect(commits).toBe(1);
    expect(syncs).toBe(0);
  });

  test('a body that throws takes back only itself', async () => {
    const answers = Promise.allSettled([
      writer.write('progress', () => add('a')),
      writer.write('progress', () => {
        add('half');
        throw new FarmError('conflict', 'no', { blame: 'caller' });
      }),
      writer.write('result', () => add('a')),
      writer.write('progress', () => add('b')),
    ]);
    flush();
    const [, thrown, twice] = await answers;
    expect(thrown).toMatchObject({ status: 'rejected', reason: { code: 'conflict', message: 'no' } });
    expect(twice).toMatchObject({ status: 'rejected', reason: { code: 'conflict', blame: 'farm' } });
    expect(names()).toEqual(['a', 'b']);
    expect(commits).toBe(1);
  });

  test('a result is acknowledged after the sync, progress of the same commit before it', async () => {
    const disk = createDeferred<void>();
    sync = () => disk.promise;
    const order: string[] = [];
    const result = writer.write('result', () => add('a')).then(() => order.push('result'));
    const progress = writer.write('progress', () => add('b')).then(() => order.push('progress'));
    flush();
    await progress;
    expect(order).toEqual(['progress']);
    disk.resolve();
    await result;
    expect(order).toEqual(['progress', 'result']);
    expect(syncs).toBe(1);
  });

  test('a sync that fails refuses the result and every later write', async () => {
    sync = () => Promise.reject(new FarmError('storage_failed', 'the disk is gone', { blame: 'farm' }));
    const result = writer.write('result', () => add('a'));
    flush();
    await expect(result).rejects.toMatchObject({ code: 'storage_failed' });
    const later = writer.write('progress', () => add('b'));
    flush();
    await expect(later).rejects.toMatchObject({ code: 'storage_failed', message: 'the disk is gone' });
    expect(names()).toEqual(['a']);
    expect(writer.refusal()).toEqual({ since: expect.any(Number), message: 'the disk is gone' });
    expect(told.filter(({ type }) => type === 'database-failed')).toHaveLength(2);
  });

  test('what is committed and what fails is told, and a commit that goes well ends a failure', async () => {
    const result = writer.write('result', () => add('a'));
    flush();
    await result;
    raw.run('PRAGMA query_only = ON');
    const refused = writer.write('progress', () => add('b'));
    flush();
    await expect(refused).rejects.toMatchObject({ code: 'storage_failed' });
    raw.run('PRAGMA query_only = OFF');
    const later = writer.write('progress', () => add('c'));
    flush();
    await later;
    expect(told[0]).toEqual({ type: 'database-commit', writes: 1, commitMs: 0, syncMs: 0 });
    expect(told.at(-1)).toEqual({ type: 'database-commit', writes: 1, commitMs: 0, syncMs: null });
    expect(told.map(({ type }) => type)).toEqual(['database-commit', 'database-failed', 'database-commit']);
    expect([writer.refusal(), writer.lastFailure()]).toEqual([null, null]);
  });

  test('a body that ends the transaction by itself fails the whole commit, and the next one works', async () => {
    const answers = Promise.allSettled([
      writer.write('progress', () => add('a')),
      writer.write('progress', () => {
        raw.run('ROLLBACK');
        throw new Error('disk full, as SQLite does it');
      }),
    ]);
    flush();
    expect((await answers).map((answer) => answer.status)).toEqual(['rejected', 'rejected']);
    const next = writer.write('progress', () => add('b'));
    flush();
    await next;
    expect(names()).toEqual(['b']);
  });

  test('a full disk is told as such, and writing goes on once there is room', async () => {
    const pages = raw.query<{ page_count: number }, []>('PRAGMA page_count').get()?.page_count ?? 0;
    raw.run(`PRAGMA max_page_count = ${pages + 2}`);
    const answers = Promise.allSettled([
      writer.write('progress', () => add('small')),
      writer.write('progress', () => add('x'.repeat(100_000))),
    ]);
    flush();
    const [, large] = await answers;
    expect(large).toMatchObject({ status: 'rejected', reason: { code: 'disk_full', blame: 'farm' } });
    raw.run('PRAGMA max_page_count = 100000');
    const again = writer.write('progress', () => add('y'.repeat(100_000)));
    flush();
    await again;
    expect(names().map((name) => name[0])).toContain('y');
  });

  test('a long queue is committed in several transactions, in order', async () => {
    const answers = Promise.all(
      Array.from({ length: 300 }, (_, i) => writer.write('progress', () => add(String(i).padStart(3, '0')))),
    );
    for (let round = 0; round < 3; round++) flush();
    expect(await answers).toHaveLength(300);
    expect(commits).toBe(3);
    expect(names()).toHaveLength(300);
  });

  test('closing finishes what waits and refuses what comes later', async () => {
    const disk = createDeferred<void>();
    sync = () => disk.promise;
    const waiting = writer.write('result', () => add('a'));
    const closed = writer.close();
    await expect(writer.write('progress', () => add('b'))).rejects.toMatchObject({ code: 'shutting_down' });
    disk.resolve();
    await closed;
    expect(await waiting).toBe('a');
    expect(names()).toEqual(['a']);
  });

  test('a queue without bound is refused', async () => {
    const writes = Array.from({ length: 65_536 }, () => writer.write('progress', () => 0));
    await expect(writer.write('progress', () => 0)).rejects.toMatchObject({ code: 'too_many' });
    await writer.close();
    expect(await Promise.all(writes)).toHaveLength(65_536);
  });
});
