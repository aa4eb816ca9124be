import { and, asc, desc, eq, gte, isNull, lt, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { MachineStore } from '../../core/machines/ports.ts';
import type { JoinToken, Reliability } from '../../core/machines/types.ts';
import { attempts, joinTokens, leases, machineDays, machineEvents, machines } from '../schema/sqlite.ts';
import { platformCodec } from '../schema/values.ts';
import type { SqliteDatabase } from './database.ts';
import { dayOf, startOfDay } from './days.ts';
import { createJoin } from './machine-join.ts';
import { leaseOf, machineOf } from './machine-rows.ts';
import { given, inserter, param } from './statements.ts';

/** Machines, join tokens, histories and leases. Every method is one transaction. */
export function createSqliteMachineStore({ db, read, write }: SqliteDatabase): MachineStore {
  const statements = prepareMachines(db);
  const tokens = prepareTokens(db);
  const join = createJoin(db);

  function change(
    machineId: string,
    statement: { get(values: Record<string, unknown>): unknown },
    values: object,
  ): void {
    if (statement.get({ id: machineId, ...values }) === undefined) throw unknownMachine(machineId);
  }

  return {
    machines: () => read(() => statements.all.all().map(machineOf)),
    machine: (id) =>
      read(() => {
        const row = statements.byId.get({ id });
        return row === undefined ? null : machineOf(row);
      }),
    createJoinToken: ({ token, hash }) => write('result', () => tokens.insert(tokenRow(token, hash))),
    joinTokens: () => read(() => tokens.list.all().map(({ hash: _, ...token }) => token)),
    removeJoinToken: (id) => write('result', () => tokens.remove.get({ id }) !== undefined),
    join: (op) => write('result', () => join(op)),
    saveSeen: ({ machineId, at, name, slots, platform }) =>
      write('progress', () =>
        change(machineId, statements.saveSeen, { at, name, slots, platform: platformCodec.encode(platform) }),
      ),
    touch: ({ machineIds, at }) =>
      write('progress', () => {
        for (const id of machineIds) statements.touch.run({ id, at });
      }),
    setQuarantine: ({ machineId, quarantine }) =>
      write('result', () =>
        change(machineId, statements.setQuarantine, {
          since: quarantine?.since ?? null,
          reason: quarantine?.reason ?? null,
          by: quarantine?.by ?? null,
        }),
      ),
    setDraining: ({ machineId, draining }) =>
      write('result', () => change(machineId, statements.setDraining, { draining })),
    revoke: ({ machineId, at }) => write('result', () => change(machineId, statements.revoke, { at })),
    addEvents: (events) =>
      write('progress', () => {
        for (const { machineId, at, kind, text } of events)
          statements.addEvent.run({ machineId, at, kind, text });
      }),
    events: ({ machineId, limit }) => read(() => statements.events.all({ machineId, limit })),
    reliability: (since) => read(() => reliabilityOf(statements, since)),
    openLeases: () => read(() => statements.openLeases.all().map(leaseOf)),
  };
}

function tokenRow(token: JoinToken, hash: string): typeof joinTokens.$inferSelect {
  const { id, hostType, createdAt, expiresAt, usedAt, usedBy, createdBy } = token;
  return { id, hash, hostType, createdAt, expiresAt, usedAt, usedBy, createdBy };
}

function unknownMachine(id: string): FarmError {
  return new FarmError('not_found', `No machine has the id "${id}"`, {
    blame: 'caller',
    details: { machine: id },
  });
}

/** Whole days from their counters, and the part of the first day attempt by attempt. */
function reliabilityOf(
  statements: ReturnType<typeof prepareMachines>,
  since: number,
): Map<string, Reliability> {
  const firstWholeDay = since === startOfDay(dayOf(since)) ? dayOf(since) : dayOf(since) + 1;
  const rows = [
    ...statements.wholeDays.all({ firstDay: firstWholeDay }),
    ...statements.partOfDay.all({ since, until: startOfDay(firstWholeDay) }),
  ];
  const found = new Map<string, Reliability>();
  for (const { machineId, attempts, infrastructureFailures } of rows) {
    const sum = found.get(machineId) ?? { attempts: 0, infrastructureFailures: 0 };
    found.set(machineId, {
      attempts: sum.attempts + attempts,
      infrastructureFailures: sum.infrastructureFailures + infrastructureFailures,
    });
  }
  return found;
}

function prepareTokens(db: BunSQLiteDatabase) {
  return {
    insert: inserter(db, joinTokens),
    list: db.select().from(joinTokens).orderBy(desc(joinTokens.createdAt), desc(joinTokens.id)).prepare(),
    remove: db
      .delete(joinTokens)
      .where(eq(joinTokens.id, param('id')))
      .returning({ id: joinTokens.id })
      .prepare(),
  };
}

function prepareMachines(db: BunSQLiteDatabase) {
  const ofMachine = eq(machines.id, param('id'));
  const id = { id: machines.id };
  const later = sql`max(${machines.lastSeenAt}, ${param('at')})`;
  return {
    ...prepareHistory(db),
    all: db.select().from(machines).orderBy(asc(machines.createdAt), asc(machines.id)).prepare(),
    byId: db.select().from(machines).where(ofMachine).prepare(),
    saveSeen: db
      .update(machines)
      .set({ name: given('name'), slots: given('slots'), platform: given('platform'), lastSeenAt: later })
      .where(ofMachine)
      .returning(id)
      .prepare(),
    touch: db.update(machines).set({ lastSeenAt: later }).where(ofMachine).prepare(),
    setQuarantine: db
      .update(machines)
      .set({ quarantineSince: given('since'), quarantineReason: given('reason'), quarantineBy: given('by') })
      .where(ofMachine)
      .returning(id)
      .prepare(),
    setDraining: db
      .update(machines)
      .set({ draining: given('draining') })
      .where(ofMachine)
      .returning(id)
      .prepare(),
    revoke: db
      .update(machines)
      .set({ revokedAt: sql`coalesce(${machines.revokedAt}, ${param('at')})` })
      .where(ofMachine)
      .returning(id)
      .prepare(),
    openLeases: db
      .select()
      .from(leases)
      .where(isNull(leases.endedAt))
      .orderBy(asc(leases.machineId), asc(leases.slot))
      .prepare(),
  };
}

function prepareHistory(db: BunSQLiteDatabase) {
  const { machineId, at, kind, text, seq } = machineEvents;
  return {
    addEvent: db
      .insert(machineEvents)
      .values({ machineId: param('machineId'), at: param('at'), kind: param('kind'), text: param('text') })
      .prepare(),
    events: db
      .select({ machineId, at, kind, text })
      .from(machineEvents)
      .where(eq(machineId, param('machineId')))
      .orderBy(desc(at), desc(seq))
      .limit(param('limit'))
      .prepare(),
    wholeDays: db
      .select({
        machineId: machineDays.machineId,
        attempts: sql<number>`sum(${machineDays.attempts})`,
        infrastructureFailures: sql<number>`sum(${machineDays.infrastructureFailures})`,
      })
      .from(machineDays)
      .where(gte(machineDays.day, param('firstDay')))
      .groupBy(machineDays.machineId)
      .prepare(),
    partOfDay: db
      .select({
        machineId: attempts.machineId,
        attempts: sql<number>`count(*)`,
        infrastructureFailures: sql<number>`sum(${attempts.state} = 'infrastructure')`,
      })
      .from(attempts)
      .where(and(gte(attempts.endedAt, param('since')), lt(attempts.endedAt, param('until'))))
      .groupBy(attempts.machineId)
      .prepare(),
  };
}
