import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import type { BlobHolds } from '../blobs/index.ts';
import type { BlobStore } from '../blobs/ports.ts';
import type { FarmConfig, KeepRule } from '../builders/index.ts';
import type { After, MirrorShelf, RetentionStore } from './ports.ts';
import { type Chosen, choose, keepsAll } from './rules.ts';
import {
  type KeptItem,
  type KeptKind,
  keptKinds,
  type RemovalGate,
  type Retention,
  type RetentionPreview,
  type RuleCount,
} from './types.ts';

export interface RetentionDeps {
  readonly store: RetentionStore;
  readonly mirrors: MirrorShelf;
  readonly blobs: Pick<BlobStore, 'remove'>;
  readonly holds: BlobHolds;
  readonly gate: RemovalGate;
  readonly config: () => Pick<FarmConfig, 'repositories' | 'policies'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rows of one transaction, and objects of one turn: short enough that nobody waits for it. */
const batchItems = 200;
const pageItems = 1_000;
const pagePauseMs = 2;
/** Between two batches of a pass, so that a large one is spread out. */
const batchPauseMs = 100;
const passEveryMs = 30 * 60_000;
/** After the start, when everybody comes back at once, there is more urgent work. */
const firstPassMs = 60_000;
/** Summer time and the mending of a bad clock are less. */
const mostJumpMs = 2 * 3_600_000;
const mostPreviewed = 1_000_000;

export function createRetention(deps: RetentionDeps): Retention {
  const { store, clock, log } = deps;

  const rules = (): Readonly<Record<KeptKind, KeepRule>> => deps.config().policies.retention;

  async function* itemsOf(kind: KeptKind): AsyncGenerator<KeptItem> {
    if (kind === 'mirrors') {
      yield* await unwatchedMirrors();
      return;
    }
    for (let after: After | null = null; ; ) {
      const page: readonly KeptItem[] = await store.oldest({ kind, after, limit: pageItems });
      yield* page;
      after = page.at(-1) ?? null;
      if (page.length < pageItems) return;
      // Reads answer at once: without a rest the walk over millions of rows would let nobody else have a turn.
      await clock.sleep(pagePauseMs);
    }
  }

  async function unwatchedMirrors(): Promise<readonly KeptItem[]> {
    const watched = new Set(deps.config().repositories.map(({ name }) => name));
    const all = await deps.mirrors.list();
    return all.filter(({ id }) => !watched.has(id)).sort((a, b) => a.at - b.at);
  }

  /** Page by page, because a sum over millions of rows at once would keep everybody else from the database. */
  async function totalOf(kind: KeptKind, signal: AbortSignal | undefined): Promise<number> {
    let total = 0;
    for await (const { bytes } of itemsOf(kind)) {
      signal?.throwIfAborted();
      total += bytes;
    }
    return total;
  }

  async function* chosenOf(kind: KeptKind, signal?: AbortSignal): AsyncGenerator<Chosen> {
    const rule = rules()[kind];
    if (keepsAll(rule)) return;
    const totalBytes = rule.bytes === null ? 0 : await totalOf(kind, signal);
    yield* choose(itemsOf(kind), { kind, rule, totalBytes, now: clock.now() });
  }

  async function preview(signal?: AbortSignal): Promise<RetentionPreview> {
    const counts = createCounts();
    for (const kind of keptKinds) {
      let left = mostPreviewed;
      for await (const { item, policy } of chosenOf(kind, signal)) {
        signal?.throwIfAborted();
        counts.add(kind, policy, item.bytes);
        left--;
        if (left === 0) return { rules: counts.list(), cut: true };
      }
    }
    return { rules: counts.list(), cut: false };
  }

  async function letGo(kind: KeptKind, policy: string, items: readonly KeptItem[]): Promise<void> {
    const ids = items.map(({ id }) => id);
    if (kind === 'mirrors') {
      for (const { id, at } of items) await deps.mirrors.remove(id, at + 1);
    } else {
      await store.letGo({ kind, ids, removal: { at: clock.now(), policy } });
    }
    log.info('retention.removed', { kind, policy, count: items.length });
  }

  /** One batch: rows first, then whatever objects nobody wants any more. Waits for a backup that runs. */
  async function batch(kind: KeptKind, policy: string, items: readonly KeptItem[], signal: AbortSignal) {
    const leave = await entered(signal);
    try {
      await letGo(kind, policy, items);
      await removeUnwanted(signal);
    } finally {
      leave();
    }
    await clock.sleep(batchPauseMs, signal);
  }

  async function entered(signal: AbortSignal): Promise<() => void> {
    for (;;) {
      signal.throwIfAborted();
      const leave = await deps.gate.enter();
      if (leave !== null) return leave;
      await clock.sleep(10_000, signal);
    }
  }

  /** Also what an earlier process was killed over. A store that refuses one is asked again at the next batch. */
  async function removeUnwanted(signal: AbortSignal): Promise<void> {
    for (;;) {
      const keys = await store.unwanted(batchItems);
      let removed = 0;
      for (const key of keys) {
        signal.throwIfAborted();
        try {
          if (await removeOne(key)) removed++;
        } catch (error) {
          log.warn('retention.object-stays', { key, message: toFarmError(error).message });
          return;
        }
      }
      if (removed === 0 || keys.length < batchItems) return;
    }
  }

  /** False for one that a build relies on: it stays on the list. */
  async function removeOne(key: string): Promise<boolean> {
    return await deps.holds.removing(key, async () => {
      if (!(await store.isWanted(key))) await deps.blobs.remove(key);
      await store.settled(key);
      return true;
    });
  }

  async function pass(signal: AbortSignal): Promise<readonly RuleCount[]> {
    const counts = createCounts();
    const leave = await entered(signal);
    await removeUnwanted(signal).finally(leave);
    for (const kind of keptKinds) {
      let items: KeptItem[] = [];
      let rule = '';
      for await (const { item, policy } of chosenOf(kind, signal)) {
        if (items.length >= batchItems || (items.length > 0 && policy !== rule)) {
          await batch(kind, rule, items, signal);
          items = [];
        }
        rule = policy;
        items.push(item);
        counts.add(kind, policy, item.bytes);
      }
      if (items.length > 0) await batch(kind, rule, items, signal);
    }
    return counts.list();
  }

  return {
    preview,
    pass,
    async run(signal) {
      const jump = createJumpWatch(clock);
      for (let waitMs = firstPassMs; !signal.aborted; waitMs = passEveryMs) {
        try {
          await clock.sleep(waitMs, signal);
          const jumpedMs = jump();
          // By a clock that is a year ahead everything is old. Whoever set it wrong has until the next pass to set it right.
          if (Math.abs(jumpedMs) > mostJumpMs) log.warn('retention.clock-jumped', { jumpedMs });
          else await pass(signal);
        } catch (error) {
          if (signal.aborted) return;
          log.error('retention.pass-failed', { message: toFarmError(error).message });
        }
      }
    },
  };
}

/** Tells by how much the wall clock went otherwise than time did, since it was last asked. */
function createJumpWatch(clock: Clock): () => number {
  const offset = () => clock.now() - clock.monotonic();
  let last = offset();
  return () => {
    const before = last;
    last = offset();
    return Math.round(last - before);
  };
}

function createCounts(): { add(kind: KeptKind, policy: string, bytes: number): void; list(): RuleCount[] } {
  const counts = new Map<string, RuleCount>();
  return {
    add(kind, policy, bytes) {
      const known = counts.get(policy) ?? { kind, policy, count: 0, bytes: 0 };
      counts.set(policy, { ...known, count: known.count + 1, bytes: known.bytes + bytes });
    },
    list: () => [...counts.values()],
  };
}
