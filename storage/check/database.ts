/** What must be true of the database by itself. */
import type { Database } from 'bun:sqlite';
import { databaseName } from '../data-folder.ts';
import type { Finding } from './types.ts';

interface Rule {
  readonly kind: string;
  readonly sql: string;
  readonly text: string;
}

/** Each gives the ids of what is wrong. */
const rules: readonly Rule[] = [
  {
    kind: 'build-without-attempt',
    sql: `SELECT id FROM builds WHERE state = 'running' AND NOT EXISTS
      (SELECT 1 FROM attempts WHERE build_id = builds.id AND state = 'running')`,
    text: 'the build runs, and none of its attempts does',
  },
  {
    kind: 'attempt-without-build',
    sql: `SELECT attempts.id FROM attempts JOIN builds ON builds.id = build_id
      WHERE attempts.state = 'running' AND builds.state <> 'running'`,
    text: 'the attempt runs, and its build does not',
  },
  {
    kind: 'lease-without-attempt',
    sql: `SELECT id FROM leases WHERE ended_at IS NULL AND holder_kind = 'build' AND NOT EXISTS
      (SELECT 1 FROM builds WHERE builds.id = holder_id AND state = 'running')`,
    text: 'the lease is open, and its build does not run',
  },
  {
    kind: 'journal-with-a-gap',
    sql: 'SELECT attempt_id AS id FROM journal GROUP BY attempt_id HAVING count(*) <> max(seq) + 1',
    text: 'entries of the journal are missing',
  },
  {
    kind: 'wrong-count',
    sql: `SELECT state AS id FROM build_counts WHERE count <> (SELECT count(*) FROM builds WHERE builds.state = build_counts.state)`,
    text: 'the count of builds in this state is wrong',
  },
  {
    kind: 'log-there-and-removed',
    sql: 'SELECT id FROM sealed_logs WHERE id IN (SELECT id FROM removed_logs)',
    text: 'the log is there and noted as removed',
  },
];

/** `deep` reads every page and index, which takes minutes for gigabytes. */
export function checkDatabase(raw: Database, deep: boolean): Finding[] {
  const findings: Finding[] = [];
  const check = deep ? 'integrity_check' : 'quick_check';
  for (const row of raw.query<Record<string, string>, []>(`PRAGMA ${check}`).all()) {
    const text = Object.values(row)[0] ?? '';
    if (text !== 'ok') findings.push({ kind: 'database', what: databaseName, text, repaired: false });
  }
  for (const { table, parent } of raw
    .query<{ table: string; parent: string }, []>('PRAGMA foreign_key_check')
    .all()) {
    const text = `a row names one of "${parent}" that is not there`;
    findings.push({ kind: 'database', what: table, text, repaired: false });
  }
  for (const { kind, sql, text } of rules) {
    for (const { id } of raw.query<{ id: string }, []>(sql).all())
      findings.push({ kind, what: id, text, repaired: false });
  }
  return findings;
}
