/** The storage of a coordinator, with a failpoint at each of its writes. */
import { Database } from 'bun:sqlite';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { LogFile, LogFiles } from '../../core/logs/ports.ts';
import type { Storage, StorageOptions } from '../../storage/open.ts';
import { openStorage } from '../../storage/open.ts';
import type { Failpoints } from './failpoint.ts';

/** The writing methods of the stores on the database. */
export const writingMethods = {
  buildStore: ['create', 'claim', 'appendJournal', 'endAttempt', 'cancel'],
  sourceStore: ['recordCheck', 'recordCommits', 'removeBranch', 'saveCommit', 'saveArchive'],
  machineStore: [
    ...(['createJoinToken', 'removeJoinToken', 'join', 'saveSeen', 'touch'] as const),
    ...(['setQuarantine', 'setDraining', 'revoke', 'addEvents'] as const),
  ],
  tokenStore: ['create', 'remove', 'touch'],
} as const;

/** The others. A method that stands in neither list does not compile: a new one has to be looked at. */
const readingMethods = {
  buildStore: [
    ...(['build', 'builds', 'cells', 'place', 'gridCells', 'commitsWith', 'attempts', 'journal'] as const),
    ...(['artifacts', 'artifact', 'counts', 'unfinished', 'durations', 'verdicts'] as const),
  ],
  sourceStore: ['state', 'states', 'commit', 'branchCommits', 'commitLines', 'unbuilt', 'archive'],
  machineStore: ['machines', 'machine', 'joinTokens', 'events', 'reliability', 'openLeases'],
  tokenStore: ['byHash', 'list'],
} as const;
type Store = keyof typeof writingMethods;
type Unlisted<S extends Store> = Exclude<
  keyof Storage[S],
  (typeof writingMethods)[S][number] | (typeof readingMethods)[S][number]
>;
({}) satisfies { readonly [S in Store as Unlisted<S> extends never ? never : S]: Unlisted<S> };

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

/** Opens the real storage; its writes die as the plan says. */
export function openFaultyStorage(points: Failpoints): (options: StorageOptions) => Promise<Storage> {
  return async (options) => {
    const commits = dieAtCommits(points);
    const storage = await openStorage(options);
    const wrapped: Record<string, unknown> = { ...storage };
    for (const [store, methods] of Object.entries(writingMethods)) {
      wrapped[store] = withFailpoints(
        store,
        methods,
        storage[store as keyof typeof writingMethods],
        points,
        commits,
      );
    }
    return {
      ...(wrapped as unknown as Storage),
      blobs: faultyBlobs(storage.blobs, points),
      logFiles: faultyLogFiles(storage.logFiles, join(options.dir, 'logs'), points),
      mirrors: faultyMirrors(storage.mirrors, points),
    };
  };
}

interface Commits {
  /** The process dies in the transaction that takes up the next body. */
  armed: boolean;
}

/** In the middle of a group commit: every body of it has run, and nothing is committed. */
function dieAtCommits(points: Failpoints): Commits {
  const commits = { armed: false };
  const prepare = Database.prototype.prepare as (sql: string, ...rest: unknown[]) => { run(): unknown };
  Object.assign(Database.prototype, {
    prepare(this: Database, sql: string, ...rest: unknown[]) {
      const statement = prepare.call(this, sql, ...rest);
      if (sql !== 'COMMIT') return statement;
      return { run: () => (commits.armed ? points.die() : statement.run()) };
    },
  });
  return commits;
}

/** A journal's entry is named by what it says, so that each step of a build is a point of its own. */
function pointName(store: string, method: string, args: readonly unknown[]): string {
  const [first] = args;
  if (method !== 'appendJournal' || !Array.isArray(first)) return `${store}.${method}`;
  const entries = first as readonly { readonly step: string; readonly phase: string }[];
  return `${store}.${method}[${entries.map(({ step, phase }) => `${step} ${phase}`).join(', ')}]`;
}

function withFailpoints(
  store: string,
  methods: readonly string[],
  target: object,
  points: Failpoints,
  commits: Commits,
): object {
  const wrapped: Record<string, unknown> = { ...target };
  for (const method of methods) {
    const real = wrapped[method] as AnyMethod;
    wrapped[method] = async (...args: unknown[]) => {
      const phase = points.next(pointName(store, method, args));
      if (phase === 'before') points.die();
      const writing = real(...args);
      // The body waits for the next group commit, together with whatever else comes in this turn.
      if (phase === 'during') commits.armed = true;
      const answer = await writing;
      if (phase !== null) points.die();
      return answer;
    };
  }
  return wrapped;
}

function faultyBlobs(blobs: Storage['blobs'], points: Failpoints): Storage['blobs'] {
  return {
    ...blobs,
    async put(key, content, options) {
      const phase = points.next(`blobs.put[${key.split('/')[0]}]`);
      if (phase === 'before') points.die();
      async function* halfOf(): AsyncIterable<Uint8Array> {
        for await (const chunk of content) {
          yield chunk.subarray(0, Math.ceil(chunk.length / 2));
          points.die();
        }
      }
      const answer = await blobs.put(key, phase === 'during' ? halfOf() : content, options);
      if (phase !== null) points.die();
      return answer;
    },
    async remove(key) {
      const phase = points.next('blobs.remove');
      if (phase === 'before') points.die();
      await blobs.remove(key);
      if (phase !== null) points.die();
    },
  };
}

function faultyLogFiles(files: LogFiles, dir: string, points: Failpoints): LogFiles {
  return {
    ...files,
    async open(id) {
      const phase = points.next('logFiles.open');
      if (phase === 'before') points.die();
      const file = await files.open(id);
      if (phase !== null) points.die();
      return faultyLogFile(file, id, dir, points);
    },
    async remove(id) {
      const phase = points.next('logFiles.remove');
      if (phase === 'before') points.die();
      await files.remove(id);
      if (phase !== null) points.die();
    },
  };
}

function faultyLogFile(file: LogFile, id: string, dir: string, points: Failpoints): LogFile {
  return {
    get size() {
      return file.size;
    },
    marks: () => file.marks(),
    read: (from, to) => file.read(from, to),
    close: () => file.close(),
    async append(bytes, at) {
      const phase = points.next('logFile.append');
      if (phase === 'before') points.die();
      await file.append(bytes, at);
      if (phase === 'during') tearLastWrite(dir, id, Math.floor(bytes.length / 2));
      if (phase !== null) points.die();
    },
    async sync() {
      const phase = points.next('logFile.sync');
      if (phase === 'before') points.die();
      await file.sync();
      if (phase !== null) points.die();
    },
    async truncate(size) {
      const phase = points.next('logFile.truncate');
      if (phase === 'before') points.die();
      await file.truncate(size);
      if (phase !== null) points.die();
    },
  };
}

/** A process that dies in a write leaves the first part of it. */
function tearLastWrite(dir: string, id: string, bytes: number): void {
  const path = join(dir, `${id}.out`);
  truncateSync(path, statSync(path).size - bytes);
}

function faultyMirrors(mirrors: Storage['mirrors'], points: Failpoints): Storage['mirrors'] {
  return {
    ...mirrors,
    async update(target, signal) {
      const phase = points.next('mirrors.update');
      if (phase === 'before') points.die();
      const updating = mirrors.update(target, signal);
      // Git is on its way by then, and lives on without its parent, or does not.
      if (phase === 'during') setTimeout(points.die, 5);
      await updating;
      if (phase !== null) points.die();
    },
    async saveCheckedBranches(...args) {
      const phase = points.next('mirrors.saveCheckedBranches');
      if (phase === 'before') points.die();
      await mirrors.saveCheckedBranches(...args);
      if (phase !== null) points.die();
    },
  };
}
