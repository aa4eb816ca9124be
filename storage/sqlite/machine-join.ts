/** A join token buys a machine its place. */
import { and, eq, isNull } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import type { MachineStore } from '../../core/machines/ports.ts';
import { joinTokens, machines } from '../schema/sqlite.ts';
import { platformCodec } from '../schema/values.ts';
import { type MachineRow, machineOf } from './machine-rows.ts';
import { given, inserter, param } from './statements.ts';

type JoinOp = Parameters<MachineStore['join']>[0];
type JoinOutcome = Awaited<ReturnType<MachineStore['join']>>;

/** The body of `MachineStore.join`, to be run inside a transaction. */
export function createJoin(db: BunSQLiteDatabase): (op: JoinOp) => JoinOutcome {
  const statements = prepareJoin(db);

  /**
   * A key that has a machine already, not revoked, keeps it: an agent that is joined again with a fresh token (to change its
   * host type, or because it lost its machine id) stays one machine with one history.
   */
  function machineFor({ machine, at }: JoinOp, hostType: string): MachineRow {
    const { name, slots, publicKey } = machine;
    const platform = platformCodec.encode(machine.platform);
    const known = statements.byKey.get({ publicKey });
    if (known !== undefined) {
      statements.rejoin.run({ id: known.id, name, hostType, slots, platform, lastSeenAt: at });
      return { ...known, name, hostType, slots, platform, lastSeenAt: at };
    }
    const row: MachineRow = {
      id: machine.id,
      name,
      hostType,
      publicKey,
      slots,
      platform,
      createdAt: at,
      lastSeenAt: at,
      draining: false,
      quarantineSince: null,
      quarantineReason: null,
      quarantineBy: null,
      revokedAt: null,
    };
    statements.insert(row);
    return row;
  }

  return (op) => {
    const token = statements.token.get({ hash: op.tokenHash });
    if (token === undefined) return { outcome: 'unknown-token' };
    if (token.usedBy !== null) {
      const buyer = statements.byId.get({ id: token.usedBy });
      return buyer?.publicKey === op.machine.publicKey
        ? { outcome: 'joined', machine: machineOf(buyer) }
        : { outcome: 'used' };
    }
    if (op.at >= token.expiresAt) return { outcome: 'expired' };
    const wished = op.machine.hostType;
    if (token.hostType !== null && wished !== null && token.hostType !== wished) {
      return { outcome: 'host-type-mismatch', tokenHostType: token.hostType };
    }
    const hostType = token.hostType ?? wished;
    if (hostType === null) return { outcome: 'host-type-missing' };
    const machine = machineFor(op, hostType);
    statements.useUp.run({ id: token.id, at: op.at, machineId: machine.id });
    return { outcome: 'joined', machine: machineOf(machine) };
  };
}

function prepareJoin(db: BunSQLiteDatabase) {
  return {
    token: db
      .select()
      .from(joinTokens)
      .where(eq(joinTokens.hash, param('hash')))
      .prepare(),
    byId: db
      .select()
      .from(machines)
      .where(eq(machines.id, param('id')))
      .prepare(),
    byKey: db
      .select()
      .from(machines)
      .where(and(eq(machines.publicKey, param('publicKey')), isNull(machines.revokedAt)))
      .prepare(),
    insert: inserter(db, machines),
    rejoin: db
      .update(machines)
      .set({
        name: given('name'),
        hostType: given('hostType'),
        slots: given('slots'),
        platform: given('platform'),
        lastSeenAt: given('lastSeenAt'),
      })
      .where(eq(machines.id, param('id')))
      .prepare(),
    useUp: db
      .update(joinTokens)
      .set({ usedAt: given('at'), usedBy: given('machineId') })
      .where(eq(joinTokens.id, param('id')))
      .prepare(),
  };
}
