import { asc, eq, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import type { TokenStore } from '../../core/access/ports.ts';
import type { AccessToken } from '../../core/access/types.ts';
import { accessTokens } from '../schema/sqlite.ts';
import { scopesCodec } from '../schema/values.ts';
import type { SqliteDatabase } from './database.ts';
import { inserter, param } from './statements.ts';

/** Personal tokens; of each only the hash is here. */
export function createSqliteTokenStore({ db, read, write }: SqliteDatabase): TokenStore {
  const statements = prepareTokens(db);
  return {
    create: ({ token, hash }) =>
      write('result', () => {
        const { id, name, scopes, createdAt, expiresAt, lastUsedAt } = token;
        const stored = scopesCodec.encode([...scopes]);
        statements.insert({ id, name, hash, scopes: stored, createdAt, expiresAt, lastUsedAt });
      }),
    byHash: (hash) =>
      read(() => {
        const row = statements.byHash.get({ hash });
        return row === undefined ? null : tokenOf(row);
      }),
    list: () => read(() => statements.list.all().map(tokenOf)),
    remove: (id) => write('result', () => statements.remove.get({ id }) !== undefined),
    touch: ({ id, at }) => write('progress', () => statements.touch.run({ id, at })),
  };
}

function tokenOf({ hash: _, ...row }: typeof accessTokens.$inferSelect): AccessToken {
  return { ...row, scopes: scopesCodec.decode(row.scopes) };
}

function prepareTokens(db: BunSQLiteDatabase) {
  return {
    insert: inserter(db, accessTokens),
    byHash: db
      .select()
      .from(accessTokens)
      .where(eq(accessTokens.hash, param('hash')))
      .prepare(),
    list: db.select().from(accessTokens).orderBy(asc(accessTokens.createdAt), asc(accessTokens.id)).prepare(),
    remove: db
      .delete(accessTokens)
      .where(eq(accessTokens.id, param('id')))
      .returning({ id: accessTokens.id })
      .prepare(),
    touch: db
      .update(accessTokens)
      .set({ lastUsedAt: sql`max(coalesce(${accessTokens.lastUsedAt}, 0), ${param('at')})` })
      .where(eq(accessTokens.id, param('id')))
      .prepare(),
  };
}
