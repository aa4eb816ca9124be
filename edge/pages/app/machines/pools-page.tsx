import { useMemo } from 'preact/hooks';
import type { Machine, Pool } from '../../../api/model.ts';
import { useFarmEvents, useReloadOn, useResource } from '../data/resource.ts';
import { FirstMachine } from '../parts/first-steps.tsx';
import { ErrorNote, Loading } from '../parts/notes.tsx';
import { phoneQuery, useMedia } from '../parts/use-scroll.ts';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { formatCount, plural } from '../rules/time.ts';
import { useTitle } from '../shell/use-title.ts';
import { MachineRow, machineRowPx } from './machine-row.tsx';
import { AddMachine, MachineViews } from './machine-views.tsx';

type Item = { readonly pool: Pool } | { readonly machine: Machine };

const poolPx = { desktop: 77, phone: 107 } as const;
const heights = {
  desktop: (item: Item) => ('pool' in item ? poolPx.desktop : machineRowPx.desktop),
  phone: (item: Item) => ('pool' in item ? poolPx.phone : machineRowPx.phone),
} as const;
/** Machines are kept true by their events; this is for the counts. */
const refreshMs = 15_000;

export function PoolsPage() {
  const pools = useResource<{ items: Pool[] }>('/api/v1/pools');
  const isPhone = useMedia(phoneQuery);
  useTitle('Pools');
  useReloadOn(pools.reload, (event) => event.type === 'machine' || event.type === 'queue', refreshMs);
  useFarmEvents((events) => {
    const news = events.filter((event) => event.type === 'machine').map((event) => event.machine);
    if (news.length > 0) pools.patch((data) => ({ items: data.items.map((pool) => withNews(pool, news)) }));
  });
  const items = useMemo(() => flat(pools.data?.items ?? []), [pools.data]);
  if (pools.data === null) {
    return pools.error === null ? (
      <Loading what="pools" />
    ) : (
      <ErrorNote error={pools.error} retry={pools.reload} />
    );
  }
  const machines = pools.data.items.reduce((sum, pool) => sum + pool.machines.length, 0);
  return (
    <>
      <header class="section-head">
        <h1>Machines</h1>
        <p class="quiet">
          {plural(pools.data.items.length, 'pool')}, {plural(machines, 'machine')}
        </p>
        <MachineViews shown="pools" />
        <AddMachine />
      </header>
      {pools.error !== null && <ErrorNote error={pools.error} retry={pools.reload} />}
      {machines === 0 && <FirstMachine />}
      <VirtualRows
        items={items}
        heightOf={isPhone ? heights.phone : heights.desktop}
        label="Pools and their machines"
        row={(item) =>
          'pool' in item ? (
            <PoolHead key={`pool ${item.pool.hostType}`} pool={item.pool} />
          ) : (
            <MachineRow key={item.machine.id} machine={item.machine} withHostType={false} />
          )
        }
      />
    </>
  );
}

function flat(pools: readonly Pool[]): readonly Item[] {
  return pools.flatMap((pool): Item[] => [{ pool }, ...pool.machines.map((machine) => ({ machine }))]);
}

/** Only machines of this pool, and none that is not in it yet: counts come with the next reload. */
function withNews(pool: Pool, news: readonly Machine[]): Pool {
  const newest = new Map(news.map((machine) => [machine.id, machine]));
  return { ...pool, machines: pool.machines.map((machine) => newest.get(machine.id) ?? machine) };
}

function PoolHead(props: { readonly pool: Pool }) {
  const { pool } = props;
  const share = pool.slots === 0 ? 0 : (pool.busySlots / pool.slots) * 100;
  return (
    <li class={pool.problem === null ? 'pool-head' : 'pool-head has-problem'}>
      <h2 class="name" title={pool.hostType}>
        {pool.hostType}
      </h2>
      <span class="tag">{pool.kind}</span>
      <span class="pool-fact">
        <b>
          {formatCount(pool.connected)}
          {pool.expected > 0 && `/${formatCount(pool.expected)}`}
        </b>{' '}
        connected
      </span>
      <span class="pool-fact pool-slots">
        <b>
          {formatCount(pool.busySlots)}/{formatCount(pool.slots)}
        </b>{' '}
        slots busy
        <span class="meter" aria-hidden="true">
          <span style={{ width: `${share}%` }} />
        </span>
      </span>
      <span class="pool-fact">
        <b>{formatCount(pool.waiting)}</b> waiting
      </span>
      {pool.problem !== null && (
        <span class="pool-problem name" title={pool.problem}>
          {pool.problem}
        </span>
      )}
    </li>
  );
}
